//! Who looks at what: one trigger for each thing on screen, so that a changed cell redraws that cell and no other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Cell, ItemId, Part, SectionId};
use leptos::prelude::*;
use protocol::PeerId;

/// One thing of a plan that a view can depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// One cell: its value, its state, who is at it.
    Cell(Cell),
    /// Which items a section shows, and in which order.
    Items(SectionId),
    /// Anything of one item.
    Item(SectionId, ItemId),
    /// Anything of a section.
    Section(SectionId),
    /// The links of one field.
    Links(SectionId, ItemId, String),
    /// What each person says in one field.
    Own(SectionId, ItemId, String),
    /// Which paragraphs a field has, and their text.
    Paragraphs(SectionId, ItemId, String),
}

/// The triggers, and where the peers are. It grows with what was shown of a plan, at most the plan itself.
#[derive(Default)]
pub(super) struct Watch {
    triggers: RefCell<HashMap<Key, ArcTrigger>>,
    peers: RefCell<PeersAt>,
    /// Cells that were drawn as anything but saved: drawn again when an acknowledgement or a rejection comes.
    unsettled: RefCell<BTreeSet<Cell>>,
}

#[derive(Default)]
struct PeersAt {
    cell_of: BTreeMap<PeerId, Cell>,
    at: BTreeMap<Cell, BTreeSet<PeerId>>,
}

impl Watch {
    /// The running view depends on `key` from here on.
    pub(super) fn track(&self, key: Key) {
        let trigger = self.triggers.borrow_mut().entry(key).or_default().clone();
        trigger.track();
    }

    fn notify(&self, key: &Key) {
        // The borrow ends before the views hear of it: they may track again at once.
        let trigger = self.triggers.borrow().get(key).cloned();
        if let Some(trigger) = trigger {
            trigger.notify();
        }
    }

    /// Everything may have changed.
    pub(super) fn notify_all(&self) {
        let all: Vec<ArcTrigger> = self.triggers.borrow().values().cloned().collect();
        for trigger in all {
            trigger.notify();
        }
    }

    /// These cells changed.
    pub(super) fn notify_cells(&self, cells: &[Cell]) {
        let keys: std::collections::HashSet<Key> = cells.iter().flat_map(keys_of).collect();
        for key in keys {
            self.notify(&key);
        }
    }

    /// The state of edits changed: what was drawn as waiting or rejected is looked at again.
    pub(super) fn notify_unsettled(&self) {
        let cells = std::mem::take(&mut *self.unsettled.borrow_mut());
        for cell in cells {
            self.notify(&Key::Cell(cell));
        }
    }

    /// The cell was drawn as not saved.
    pub(super) fn unsettled(&self, cell: Cell) {
        self.unsettled.borrow_mut().insert(cell);
    }

    /// A peer went to another cell, or types there.
    pub(super) fn peer_moved(&self, peer: PeerId, to: Option<&Cell>) {
        let from = {
            let mut peers = self.peers.borrow_mut();
            let from = match to {
                Some(cell) => peers.cell_of.insert(peer, cell.clone()),
                None => peers.cell_of.remove(&peer),
            };
            if let Some(from) = &from
                && let Some(there) = peers.at.get_mut(from)
            {
                there.remove(&peer);
                if there.is_empty() {
                    peers.at.remove(from);
                }
            }
            if let Some(to) = to {
                peers.at.entry(to.clone()).or_default().insert(peer);
            }
            from
        };
        for cell in from.iter().chain(to) {
            self.notify(&Key::Cell(cell.clone()));
        }
    }

    /// Who is at a cell.
    pub(super) fn peers_at(&self, cell: &Cell) -> Vec<PeerId> {
        self.peers
            .borrow()
            .at
            .get(cell)
            .map(|peers| peers.iter().copied().collect())
            .unwrap_or_default()
    }
}

/// The place of a field with several values, by the cell of one of them: the state of any of them is shown there.
pub(crate) fn links_seat(cell: &Cell) -> Option<Cell> {
    (cell.part == Part::Links).then(|| Cell {
        key: cell.field_key().to_owned(),
        ..cell.clone()
    })
}

/// What depends on a cell.
fn keys_of(cell: &Cell) -> Vec<Key> {
    let (section, item) = (cell.section, cell.item);
    let mut keys = vec![Key::Cell(cell.clone()), Key::Item(section, item), Key::Section(section)];
    let field = || cell.field_key().to_owned();
    match cell.part {
        // An empty key: the item was made.
        Part::Fields if matches!(cell.key.as_str(), "" | "rank" | "deleted") => keys.push(Key::Items(section)),
        Part::Fields => {}
        Part::Links => {
            keys.push(Key::Links(section, item, field()));
            keys.extend(links_seat(cell).map(Key::Cell));
        }
        Part::Own => keys.push(Key::Own(section, item, field())),
        Part::Prose => keys.push(Key::Paragraphs(section, item, field())),
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_rank_redraws_the_order_and_a_title_does_not() {
        let cell = |key| Cell::field(SectionId::Actions, ItemId::SINGLE, key);
        let order = Key::Items(SectionId::Actions);
        for (key, redraws) in [("rank", true), ("deleted", true), ("", true), ("title", false)] {
            assert_eq!(keys_of(&cell(key)).contains(&order), redraws, "{key}");
        }
    }

    #[test]
    fn a_link_redraws_the_cell_of_its_field() {
        let link = Cell::link(SectionId::Actions, ItemId::SINGLE, "targets", "x");
        let seat = links_seat(&link).expect("a link has a field");
        assert_eq!(seat.to_string(), format!("actions/{}/links/targets", ItemId::SINGLE));
        assert!(keys_of(&link).contains(&Key::Cell(seat)));
    }

    #[test]
    fn a_paragraphs_rank_belongs_to_its_field() {
        let paragraph = domain::ParagraphId(ItemId::SINGLE.0);
        let cell = Cell::paragraph(SectionId::Actions, ItemId::SINGLE, "notes", paragraph).with_suffix("rank");
        let field = Key::Paragraphs(SectionId::Actions, ItemId::SINGLE, "notes".to_owned());
        assert!(keys_of(&cell).contains(&field));
    }

    #[test]
    fn a_peer_is_at_one_cell_at_a_time() {
        let watch = Watch::default();
        let cell = |key| Cell::field(SectionId::Actions, ItemId::SINGLE, key);
        watch.peer_moved(PeerId(1), Some(&cell("title")));
        watch.peer_moved(PeerId(2), Some(&cell("title")));
        watch.peer_moved(PeerId(1), Some(&cell("due")));
        assert_eq!(watch.peers_at(&cell("title")), [PeerId(2)]);
        assert_eq!(watch.peers_at(&cell("due")), [PeerId(1)]);
        watch.peer_moved(PeerId(1), None);
        assert_eq!(watch.peers_at(&cell("due")), []);
    }
}
