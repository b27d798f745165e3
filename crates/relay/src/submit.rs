//! Changes that are submitted: those of peers, and those that the server makes for somebody.

use domain::{ActorId, Author, ChangeHash, PersonId, TimestampMs};
use plan::edit::Edit;
use protocol::{Acked, Bye, PeerId, Reason, ServerFrame, Submitted, encode_server};

use crate::admission::{Admission, Asker, SubmitError, Verdict, check_edit};
use crate::output::Output;
use crate::peers::{Peer, send};
use crate::refused::Refused;
use crate::room::Room;

impl Room {
    /// Edits that the server makes on behalf of a person, through the same admission. `actor` is kept by the caller for
    /// this person and plan. None: the edits change nothing. [`Output::Saved`] tells when the change is on disk.
    pub fn submit_as(
        &mut self,
        now: TimestampMs,
        person: PersonId,
        actor: ActorId,
        edits: &[Edit],
    ) -> Result<Option<ChangeHash>, SubmitError> {
        self.submit_claimed(now, now, person, actor, edits)
    }

    /// The same; the change bears the time `claimed`, by which it can be found again.
    pub fn submit_claimed(
        &mut self,
        now: TimestampMs,
        claimed: TimestampMs,
        person: PersonId,
        actor: ActorId,
        edits: &[Edit],
    ) -> Result<Option<ChangeHash>, SubmitError> {
        self.outputs.begin();
        if self.admission.pending_bytes() > self.limits.room_unsaved_bytes_max || self.failed {
            return Err(SubmitError::TooMuch);
        }
        let author = self.access.author(person).ok_or_else(no_part)?;
        let drafted = self.draft_keys_for(edits);
        let verdict = self.admit_own((now, claimed), author, actor, edits);
        // Before the append, so that it waits for them.
        self.settle_keys(drafted, matches!(verdict, Ok(Some(Verdict::Waits { .. }))));
        if let Ok(Some(Verdict::Refused(refused))) = &verdict {
            self.on_denied(person, refused.record.clone());
        }
        self.append_next(now);
        self.check_invariants();
        match verdict? {
            None => Ok(None),
            Some(Verdict::Waits { hash, .. }) => Ok(Some(hash)),
            Some(Verdict::Saved(acked)) => {
                self.outputs.push(Output::Saved(vec![acked]));
                Ok(Some(acked.hash))
            }
            Some(Verdict::Refused(refused)) => Err(SubmitError::Refused(refused.rejected.reason)),
        }
    }

    fn admit_own(
        &mut self,
        (now, claimed): (TimestampMs, TimestampMs),
        author: Author,
        actor: ActorId,
        edits: &[Edit],
    ) -> Result<Option<Verdict>, SubmitError> {
        let Admission { table, keyring, .. } = &self.admission;
        let Some(authored) = table.author_sealed(keyring, actor, claimed, edits)? else {
            // It says what stands there already, which who may not write it is not told: they could try one word after another.
            let allowed = edits
                .iter()
                .try_for_each(|edit| check_edit(self.admission.schema(), author, edit));
            return allowed.map(|()| None).map_err(|denied| {
                self.on_denied(author.person, [denied.in_known_words()]);
                SubmitError::Refused(Reason::Denied(denied.to_string()))
            });
        };
        let submitted = Submitted {
            base: authored.base,
            bytes: authored.bytes,
        };
        let unavailable = self.unavailable_now(now);
        let admission = &mut self.admission;
        Ok(Some(admission.admit(
            author,
            Asker::Server,
            &submitted,
            unavailable.as_deref(),
            &self.limits,
        )))
    }

    /// A peer sends changes.
    pub(crate) fn on_submit(&mut self, now: TimestampMs, id: PeerId, changes: &[Submitted]) {
        let Some(peer) = self.peers.get(&id) else { return };
        if !self.has_room_for(peer, changes) {
            return self.close(now, id, Bye::TooMuch);
        }
        let unavailable = self.unavailable_now(now);
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(author) = self.access.author(peer.visitor) else {
            return self.close(now, id, Bye::NoAccess);
        };
        let mut saved: Vec<Acked> = Vec::new();
        let mut refused: Vec<String> = Vec::new();
        for change in changes {
            let verdict = self
                .admission
                .admit(author, Asker::Peer(id), change, unavailable.as_deref(), &self.limits);
            match verdict {
                Verdict::Waits { anew, .. } => {
                    peer.unsaved_changes += usize::from(anew);
                    peer.unsaved_bytes += if anew { change.bytes.len() } else { 0 };
                }
                Verdict::Saved(acked) => saved.push(acked),
                Verdict::Refused(Refused { rejected, record }) => {
                    self.rejected += 1;
                    refused.extend(record);
                    send(
                        &mut self.outputs,
                        id,
                        peer,
                        &encode_server(&ServerFrame::Reject(rejected)),
                    );
                }
            }
        }
        if !saved.is_empty() {
            saved.sort_by_key(|acked| acked.seq);
            send(&mut self.outputs, id, peer, &encode_server(&ServerFrame::Ack(saved)));
        }
        if peer.under_way_bytes > self.limits.send_bytes_max {
            self.close(now, id, Bye::TooMuch);
        }
        self.on_denied(author.person, refused);
        self.append_next(now);
    }

    /// Whether so much more of a peer may wait for the disk.
    fn has_room_for(&self, peer: &Peer, changes: &[Submitted]) -> bool {
        let bytes: usize = changes.iter().map(|change| change.bytes.len()).sum();
        let limits = &self.limits;
        changes.len() <= limits.submit_changes_max
            && peer.unsaved_changes + changes.len() <= limits.unsaved_changes_max
            && peer.unsaved_bytes + bytes <= limits.unsaved_bytes_max
            && self.admission.pending_bytes() + bytes <= limits.room_unsaved_bytes_max
    }

    /// What the author may not write is for the audit.
    fn on_denied(&mut self, person: PersonId, denied: impl IntoIterator<Item = String>) {
        let mut denied = denied.into_iter();
        let Some(reason) = denied.next() else { return };
        let count = u32::try_from(1 + denied.count()).unwrap_or(u32::MAX);
        self.outputs.push(Output::Denied { person, count, reason });
    }
}

fn no_part() -> SubmitError {
    SubmitError::Refused(Reason::Denied("you have no part in this plan".to_owned()))
}
