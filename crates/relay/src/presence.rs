//! Who is where: the latest only, gathered for a moment, told to all.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{Author, Cell, PersonId, Schema, SectionId, TimestampMs};
use protocol::{PeerId, PeerPresence, Place, ServerFrame, encode_server};

use crate::limits::{FRAME_BYTES, Limits};
use crate::output::Outputs;
use crate::peers::{Peers, send};

/// Longest key of a cell that is passed on, in bytes: a person's or paragraph's id, a field and a word fit twice over.
const KEY_BYTES_MAX: usize = 256;
/// What a place takes in a frame beside its texts, in bytes, at most.
const PLACE_BYTES: usize = 96;

/// The places of a room's peers.
#[derive(Debug)]
pub(crate) struct Presence {
    places: BTreeMap<PeerId, (PersonId, Place)>,
    /// What changed since the last flush, with whose it is.
    changed: BTreeMap<PeerId, PersonId>,
    flushed_at: TimestampMs,
    due_at: Option<TimestampMs>,
}

impl Presence {
    pub(crate) const fn new() -> Self {
        Self {
            places: BTreeMap::new(),
            changed: BTreeMap::new(),
            flushed_at: TimestampMs(i64::MIN),
            due_at: None,
        }
    }

    /// When the next flush is due.
    pub(crate) const fn due_at(&self) -> Option<TimestampMs> {
        self.due_at
    }

    /// Where a peer is now; the first place is told at its arrival.
    pub(crate) fn set(&mut self, now: TimestampMs, id: PeerId, person: PersonId, place: Place, limits: &Limits) {
        if self.places.get(&id).is_some_and(|(_, before)| *before == place) {
            return;
        }
        self.places.insert(id, (person, place));
        self.change(now, id, person, limits);
    }

    /// Takes back the draft of somebody who may not write there any more.
    pub(crate) fn recheck(&mut self, now: TimestampMs, id: PeerId, author: Author, schema: &Schema, limits: &Limits) {
        if let Some((_, place)) = self.places.get(&id) {
            let checked = checked(place.clone(), author, schema, limits);
            if checked == *place {
                return;
            }
            self.set(now, id, author.person, checked, limits);
        }
    }

    /// The peer is gone.
    pub(crate) fn remove(&mut self, now: TimestampMs, id: PeerId, limits: &Limits) {
        if let Some((person, _)) = self.places.remove(&id) {
            self.change(now, id, person, limits);
        }
    }

    fn change(&mut self, now: TimestampMs, id: PeerId, person: PersonId, limits: &Limits) {
        self.changed.insert(id, person);
        // A clock that was set back makes nobody wait until it is as late again.
        let flushed_at = self.flushed_at.min(now);
        let earliest = TimestampMs(flushed_at.0.saturating_add(self.interval_ms(limits)));
        self.due_at.get_or_insert(earliest.max(now));
    }

    fn interval_ms(&self, limits: &Limits) -> i64 {
        let peers = i64::try_from(self.places.len()).unwrap_or(i64::MAX);
        let of_all = limits
            .presence_ms_per_peer
            .saturating_mul(peers)
            .min(limits.presence_ms_max);
        of_all.max(limits.presence_interval_ms)
    }

    /// Tells everyone what changed, when it is time.
    pub(crate) fn flush(&mut self, now: TimestampMs, peers: &mut Peers, outputs: &mut Outputs, limits: &Limits) {
        let longest_ms = limits.presence_ms_max.max(limits.presence_interval_ms);
        let soon = TimestampMs(now.0.saturating_add(longest_ms));
        // Due later than in one interval: the clock was set back meanwhile.
        if self.due_at.is_some_and(|due| due <= now || soon < due) {
            self.tell(now, peers, outputs, limits);
        }
    }

    /// Tells everyone what changed, whether it is time or not: other frames go out to everyone anyway.
    pub(crate) fn tell(&mut self, now: TimestampMs, peers: &mut Peers, outputs: &mut Outputs, limits: &Limits) {
        if self.due_at.take().is_none() {
            return;
        }
        self.flushed_at = now;
        let changed = std::mem::take(&mut self.changed);
        let frames = |personal| self.frames(changed.iter().map(|(id, person)| (*id, *person)), personal);
        // Most plans are read by people who see all of it: the other form is made when somebody needs it.
        let (all, mut public) = (frames(true), None);
        for (id, peer) in peers.iter_mut() {
            let frames = if peer.reads_personal {
                &all
            } else {
                public.get_or_insert_with(|| frames(false))
            };
            let bytes: usize = frames.iter().map(Bytes::len).sum();
            if peer.presence_missed.is_empty() && peer.has_room(bytes, limits) {
                for frame in frames {
                    send(outputs, *id, peer, frame);
                }
            } else {
                peer.presence_missed.extend(changed.keys());
            }
        }
    }

    /// Everyone who is here, for a peer that has just come.
    pub(crate) fn everyone(&self, personal: bool) -> Vec<Bytes> {
        self.frames(self.places.iter().map(|(id, (person, _))| (*id, *person)), personal)
    }

    /// All who have a place.
    pub(crate) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.places.keys().copied()
    }

    /// The present places of peers whose changes somebody has missed. Of one who is gone, nobody asks whose it was.
    pub(crate) fn missed(&self, missed: &BTreeSet<PeerId>, personal: bool) -> Vec<Bytes> {
        let missed = missed.iter().map(|id| {
            let person = self.places.get(id).map_or(PersonId::SERVER, |(person, _)| *person);
            (*id, person)
        });
        self.frames(missed, personal)
    }

    /// Presence frames of some peers, none too long. Unless it is for somebody who is shown what is `personal` about the
    /// customer's people, nobody is seen where that stands.
    fn frames(&self, peers: impl Iterator<Item = (PeerId, PersonId)>, personal: bool) -> Vec<Bytes> {
        let mut frames = Vec::new();
        let mut list = Vec::new();
        let mut bytes = 0;
        for (peer, person) in peers {
            let place = self.places.get(&peer).map(|(_, place)| place);
            let place = place.map(|place| {
                if personal || !is_personal(place) {
                    place.clone()
                } else {
                    Place::default()
                }
            });
            bytes += place.as_ref().map_or(PLACE_BYTES, place_bytes);
            list.push(PeerPresence { peer, person, place });
            if bytes >= FRAME_BYTES {
                frames.push(encode_server(&ServerFrame::Presence(std::mem::take(&mut list))));
                bytes = 0;
            }
        }
        if !list.is_empty() {
            frames.push(encode_server(&ServerFrame::Presence(list)));
        }
        frames
    }

    pub(crate) fn check_invariants(&self, peers: &Peers) {
        assert!(
            self.places.keys().eq(peers.keys()),
            "every peer has a place, and nobody else"
        );
        assert_eq!(self.due_at.is_some(), !self.changed.is_empty());
    }
}

/// Whether somebody is where the customer's people are described.
fn is_personal(place: &Place) -> bool {
    place
        .cell
        .as_ref()
        .is_some_and(|cell| cell.section == SectionId::People)
}

fn place_bytes(place: &Place) -> usize {
    let cell = place.cell.as_ref().map_or(0, |cell| cell.key.len());
    let draft = place.draft.as_ref().map_or(0, String::len);
    PLACE_BYTES + cell + draft
}

/// What may be passed on of what a peer says about itself: cells that the schema has, drafts where the person may write.
pub(crate) fn checked(place: Place, author: Author, schema: &Schema, limits: &Limits) -> Place {
    let Some(cell) = place.cell.filter(|cell| is_cell(schema, cell)) else {
        return Place::default();
    };
    let draft = place
        .draft
        .filter(|draft| draft.chars().count() <= limits.draft_chars_max)
        .filter(|_| may_write(schema, author, &cell));
    let units = draft.as_ref().map(|draft| draft.encode_utf16().count());
    let caret = place
        .caret
        .filter(|caret| units.is_some_and(|units| usize::try_from(*caret).is_ok_and(|caret| caret <= units)));
    Place {
        cell: Some(cell),
        draft,
        caret,
    }
}

/// Whether the schema knows the cell, whoever may write it.
fn is_cell(schema: &Schema, cell: &Cell) -> bool {
    cell.key.len() <= KEY_BYTES_MAX && schema.field_of(cell).is_some_and(|field| field.part() == cell.part)
}

fn may_write(schema: &Schema, author: Author, cell: &Cell) -> bool {
    schema.check_scalar(author, cell, None).is_ok() || schema.check_paragraph(author, cell).is_ok()
}

#[cfg(test)]
mod tests {
    use domain::ItemId;
    use uuid::Uuid;

    use super::*;

    fn place(cell: Cell, draft: &str, caret: u32) -> Place {
        Place {
            cell: Some(cell),
            draft: Some(draft.to_owned()),
            caret: Some(caret),
        }
    }

    fn check(place: Place) -> Place {
        checked(
            place,
            Author::executive(PersonId(Uuid::from_u128(7))),
            &Schema::standard(),
            &Limits::default(),
        )
    }

    fn title() -> Cell {
        Cell::field(SectionId::Opportunities, ItemId::SINGLE, "title")
    }

    #[test]
    fn a_place_in_a_known_cell_passes() {
        let said = place(title(), "Grüße 👋", 8);
        assert_eq!(check(said.clone()), said);
    }

    #[test]
    fn a_cell_that_the_schema_lacks_is_not_passed_on() {
        let said = place(
            Cell::field(SectionId::Opportunities, ItemId::SINGLE, "nonsense"),
            "x",
            0,
        );
        assert_eq!(check(said), Place::default());
        let long = Cell {
            key: "x".repeat(KEY_BYTES_MAX + 1),
            ..title()
        };
        assert_eq!(check(place(long, "x", 0)), Place::default());
    }

    #[test]
    fn a_draft_beyond_the_cap_and_a_caret_beyond_the_draft_are_left_out() {
        let long = "x".repeat(PARAGRAPH + 1);
        assert_eq!(check(place(title(), &long, 0)).draft, None);
        assert_eq!(check(place(title(), "ab", 3)).caret, None);
    }

    const PARAGRAPH: usize = domain::schema::PARAGRAPH_CHARS_MAX;
}
