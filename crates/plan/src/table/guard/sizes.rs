//! How large an admitted change may leave a cell or a paragraph.

use std::borrow::Cow;

use domain::schema::PARAGRAPH_CHARS_MAX;

use super::super::stream::{OpIx, OpRecord};
use super::super::texts::TextRecord;
use super::{Guard, Step, Verdict, too_many};
use crate::admit::Refusal;

/// Values that may stand beside each other in one cell.
const LIVE_VALUES_MAX: usize = 64;
/// Changes of which none has seen another. The next one depends on all of them, and a change may name only
/// [`crate::Limits::deps_max`]: with more than those, nobody could write any more.
const HEADS_MAX: usize = 512;
/// Characters of a paragraph, the deleted ones included.
const PARAGRAPH_ELEMENTS_MAX: usize = 50_000;
/// Characters of a paragraph after several people have filled it up at once, none of whom could know.
const PARAGRAPH_CHARS_MERGED_MAX: usize = 4 * PARAGRAPH_CHARS_MAX;

impl Guard<'_> {
    /// Whether what would be there afterwards is not too large. Not asked of what the journal holds already.
    pub(super) fn check_sizes(&self) -> Verdict {
        if self.policy.is_none() {
            return Ok(());
        }
        self.check_heads()?;
        for key in self.checked.live.keys() {
            // Asked at the limit only: most cells hold one value.
            if self.keys.key(*key).live.len() >= LIVE_VALUES_MAX && self.adds_value(*key) {
                return too_many("too many people have written this at once: decide for one of their values first");
            }
        }
        for (text, (inserted, deleted)) in &self.checked.grown {
            self.check_text_size(*text, *inserted, *deleted)?;
        }
        Ok(())
    }

    /// Whether too many have written without having seen each other. Who has seen them all makes one of them.
    fn check_heads(&self) -> Verdict {
        if !self.stream.may_have_heads(HEADS_MAX) {
            return Ok(());
        }
        let before = self.stream.heads_now();
        let after = before.iter().filter(|head| {
            let own = Some(self.stream.change(**head).actor) == self.past.actor;
            **head >= self.past.base && !own
        });
        let after = after.count() + 1;
        if after > HEADS_MAX && after > before.len() {
            return too_many("too many people write at once without seeing each other: wait a moment, and try again");
        }
        Ok(())
    }

    /// Whether a change leaves more values at a key than there were.
    fn adds_value(&self, key: u32) -> bool {
        let writes = self.checked.steps.iter().filter_map(|step| match step {
            Step::Write { key: at, gone, held } if *at == key => Some((gone, held)),
            _ => None,
        });
        let now = &self.keys.key(key).live;
        let (mut more, mut fewer) = (0, 0);
        for (gone, held) in writes {
            more += usize::from(held.is_some());
            fewer += gone
                .iter()
                .filter(|op| **op >= self.first_op || now.iter().any(|(live, _)| live == *op))
                .count();
        }
        more > fewer
    }

    fn check_text_size(&self, text: u32, inserted: usize, deleted: usize) -> Verdict {
        let record = &self.texts[text as usize];
        if inserted == 0 {
            return Ok(());
        }
        if record.elements.len() + inserted > PARAGRAPH_ELEMENTS_MAX {
            return too_many("this paragraph has been rewritten too often: begin another one");
        }
        let alive = (record.alive + inserted).saturating_sub(deleted);
        let fits = alive <= PARAGRAPH_CHARS_MAX
            || (alive <= PARAGRAPH_CHARS_MERGED_MAX
                && self.alive_in_past(record) + inserted - self.own_taken_back(text) <= PARAGRAPH_CHARS_MAX);
        if fits {
            return Ok(());
        }
        Err(Refusal::TooMany(Cow::Owned(format!(
            "a paragraph takes at most {PARAGRAPH_CHARS_MAX} characters: begin another one"
        ))))
    }

    /// How many characters of a text the author saw, without those that this change deletes.
    fn alive_in_past(&self, record: &TextRecord) -> usize {
        let base_end = self.stream.first_op_after(self.past.base);
        let seen =
            |op: OpIx| op < base_end || Some(self.stream.change(self.stream.change_of(op)).actor) == self.past.actor;
        let alive = record
            .elements
            .iter()
            .filter(|element| seen(element.op) && !self.is_deleted(element.op));
        alive.count()
    }

    /// How many characters the change inserts into a text and deletes again.
    fn own_taken_back(&self, text: u32) -> usize {
        let own = self.checked.deleted.range(self.first_op..);
        own.filter(|op| matches!(self.record(**op), OpRecord::Insert { text: its, .. } if its == text))
            .count()
    }
}
