//! Where the others are, and telling them where I am: the latest only, and not too often.

use std::collections::BTreeMap;

use domain::TimestampMs;
use protocol::{PeerId, PeerPresence, Place};

use crate::limits::{DRAFT_CHARS_MAX, PEERS_MAX, PLACE_INTERVAL_MS};
use crate::timers::after;

#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// Which peer I am, while connected.
    me: Option<PeerId>,
    peers: BTreeMap<PeerId, PeerPresence>,
    place: Place,
    /// The place has changed since it was sent.
    unsent: bool,
    sent_at: Option<TimestampMs>,
}

impl Presence {
    pub(crate) const fn peers(&self) -> &BTreeMap<PeerId, PeerPresence> {
        &self.peers
    }

    /// Connected as `me`: the full list follows, and the others do not know my place.
    pub(crate) fn begin(&mut self, me: PeerId) -> Vec<PeerId> {
        let gone = self.end();
        self.me = Some(me);
        self.unsent = self.place != Place::default();
        gone
    }

    /// Not connected: nobody is known to be here.
    pub(crate) fn end(&mut self) -> Vec<PeerId> {
        self.me = None;
        self.sent_at = None;
        std::mem::take(&mut self.peers).into_keys().collect()
    }

    /// Others came, moved or went.
    pub(crate) fn heard(&mut self, news: Vec<PeerPresence>) -> Vec<PeerId> {
        let mut changed = Vec::new();
        for peer in news {
            if Some(peer.peer) == self.me {
                continue;
            }
            changed.push(peer.peer);
            if peer.place.is_none() {
                self.peers.remove(&peer.peer);
            } else if self.peers.len() < PEERS_MAX || self.peers.contains_key(&peer.peer) {
                self.peers.insert(peer.peer, peer);
            }
        }
        changed
    }

    /// I am there now.
    pub(crate) fn move_to(&mut self, mut place: Place) {
        if let Some(draft) = &mut place.draft
            && let Some((end, _)) = draft.char_indices().nth(DRAFT_CHARS_MAX)
        {
            draft.truncate(end);
        }
        if place != self.place {
            self.place = place;
            self.unsent = true;
        }
    }

    /// What to send now, or when to ask again.
    pub(crate) fn poll(&mut self, now: TimestampMs) -> Next {
        if !self.unsent || self.me.is_none() {
            return Next::Nothing;
        }
        if let Some(sent_at) = self.sent_at {
            let earliest = after(sent_at, PLACE_INTERVAL_MS);
            // A clock that was set back does not silence.
            if now < earliest && now >= sent_at {
                return Next::At(earliest);
            }
        }
        self.unsent = false;
        self.sent_at = Some(now);
        Next::Send(self.place.clone())
    }
}

/// See [`Presence::poll`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Nothing,
    At(TimestampMs),
    Send(Place),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caret(at: u32) -> Place {
        Place {
            caret: Some(at),
            ..Place::default()
        }
    }

    #[test]
    fn only_the_latest_place_is_sent_and_not_too_often() {
        let mut presence = Presence::default();
        presence.begin(PeerId(1));
        presence.move_to(caret(1));
        assert_eq!(presence.poll(TimestampMs(1_000)), Next::Send(caret(1)));
        presence.move_to(caret(2));
        presence.move_to(caret(3));
        assert_eq!(presence.poll(TimestampMs(1_010)), Next::At(TimestampMs(1_100)));
        assert_eq!(presence.poll(TimestampMs(1_100)), Next::Send(caret(3)));
        assert_eq!(presence.poll(TimestampMs(1_300)), Next::Nothing);
    }

    #[test]
    fn a_new_connection_is_told_where_i_am() {
        let mut presence = Presence::default();
        presence.move_to(caret(1));
        assert_eq!(presence.poll(TimestampMs(0)), Next::Nothing);
        presence.begin(PeerId(1));
        assert_eq!(presence.poll(TimestampMs(0)), Next::Send(caret(1)));
        presence.end();
        presence.begin(PeerId(2));
        assert_eq!(presence.poll(TimestampMs(1)), Next::Send(caret(1)));
    }
}
