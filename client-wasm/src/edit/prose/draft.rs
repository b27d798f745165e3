//! What is typed into a paragraph on its way to an edit, and what others did to the paragraph meanwhile.

use std::time::Duration;

use domain::{Cell, ParagraphId, Scalar};
use leptos::html;
use leptos::prelude::*;
use plan::Edit;
use protocol::Place;

use super::Unsent;
use crate::browser;
use crate::edit::unread::Unreads;
use crate::edit::{FieldAt, editor, refusal, splice};
use crate::store::PlanStore;
use crate::ui::toast;
use crate::words;

/// A pause in typing after which the text becomes an edit.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest that typing without a pause stays a draft, in milliseconds.
const DRAFT_MS_MAX: i64 = 3_000;

/// What a paragraph's input works with.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    store: PlanStore,
    id: ParagraphId,
    cell: StoredValue<Cell>,
    at: StoredValue<FieldAt>,
    pub(super) input: NodeRef<html::Textarea>,
    /// The text of the document that the input's text was made from.
    base: StoredValue<String>,
    /// Since when there is something that is not an edit yet.
    since: StoredValue<Option<i64>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    unsent: Unsent,
    /// Why the text could not be made an edit.
    pub(super) error: RwSignal<Option<String>>,
    /// Why I may not write here (any more).
    pub(super) refused: Memo<Option<String>>,
    unreads: Unreads,
}

impl Draft {
    pub(super) fn new(
        store: PlanStore,
        at: FieldAt,
        id: ParagraphId,
        input: NodeRef<html::Textarea>,
        start: String,
        unsent: Unsent,
    ) -> Self {
        let refused = refusal::closed(store, &at);
        Self {
            store,
            id,
            cell: StoredValue::new(Cell::paragraph(at.section, at.item, &at.field.key, id)),
            at: StoredValue::new(at),
            input,
            base: StoredValue::new(start),
            since: StoredValue::new(None),
            timer: StoredValue::new(None),
            unsent,
            error: RwSignal::new(None),
            refused,
            unreads: Unreads::expect(),
        }
    }

    /// What stands in the input.
    pub(super) fn text(self) -> String {
        let input = self.input.try_get_untracked().flatten();
        input.map(|input| input.value()).unwrap_or_default()
    }

    /// Whether something is typed that is no edit yet.
    pub(super) fn is_unsent(self) -> bool {
        self.unsent.with(|unsent| unsent.contains(&self.id))
    }

    /// The document's text changed: what others did goes into the input around what I am typing; my caret stays
    /// between the same letters. None: the paragraph is not there, or not any more.
    pub(super) fn follow(self, theirs: Option<String>) {
        if theirs.is_none() && self.unsent.with_untracked(|unsent| unsent.contains(&self.id)) {
            // Taken away under my hands. Not in this effect: it would write what it reads.
            if self.is_made() {
                set_timeout(move || self.commit(), Duration::ZERO);
            }
            return;
        }
        let theirs = theirs.unwrap_or_default();
        let base = self.base.get_value();
        let Some(input) = self.input.get_untracked().filter(|_| theirs != base) else {
            return;
        };
        let mine = input.value();
        let (text, shifts) = splice::rebased(&base, &mine, &theirs);
        self.base.set_value(theirs);
        if text != mine {
            let caret = |at: Option<u32>| splice::carried(at.unwrap_or(0), &shifts);
            let begin = caret(input.selection_start().ok().flatten());
            let end = caret(input.selection_end().ok().flatten());
            input.set_value(&text);
            let _ = input.set_selection_range(begin, end);
        }
    }

    pub(super) fn typed(self) {
        self.error.set(None);
        self.tell(true);
        self.note_unsent(true);
        let now = browser::now().0;
        let since = self.since.get_value().unwrap_or(now);
        self.since.set_value(Some(since));
        self.stop_timer();
        if now - since >= DRAFT_MS_MAX {
            self.commit();
            return;
        }
        // The last part of the three seconds may be shorter than a pause.
        let left = u64::try_from(DRAFT_MS_MAX - (now - since)).unwrap_or(0);
        let wait = PAUSE.min(Duration::from_millis(left));
        self.timer
            .set_value(set_timeout_with_handle(move || self.commit(), wait).ok());
    }

    fn note_unsent(self, is_unsent: bool) {
        // The whole field may be going.
        if self.unsent.try_with_untracked(|all| all.contains(&self.id)) == Some(!is_unsent) {
            self.unsent.update(|all| {
                all.retain(|other| *other != self.id);
                all.extend(is_unsent.then_some(self.id));
            });
        }
    }

    /// The page turns: what is typed becomes an edit still; what cannot be one is kept for when the page is back.
    pub(super) fn end(self) {
        self.stop_timer();
        let why = self.refused.try_get_untracked().flatten();
        if let Some(why) = why {
            if self.unsent.try_with_untracked(|all| all.contains(&self.id)) == Some(true) {
                let (cell, text) = (self.cell.get_value(), self.text());
                self.unreads.keep(cell, text, why);
            }
        } else if self.since.try_get_value().flatten().is_some() {
            self.commit();
        }
    }

    /// The page may go away: what is typed becomes an edit now. Answers whether it did.
    pub(super) fn settle(self) -> bool {
        if self.since.try_get_value().flatten().is_some() {
            self.commit();
        }
        self.unsent.try_with_untracked(|all| all.contains(&self.id)) != Some(true)
    }

    pub(super) fn stop_timer(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    /// Tells the others where I am, with what I type.
    pub(super) fn tell(self, typing: bool) {
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let caret = input.selection_start().ok().flatten();
        self.store.set_place(Place {
            cell: Some(self.cell.get_value()),
            draft: typing.then(|| input.value()),
            caret,
        });
    }

    /// Takes back my last edit; what is typed and no edit yet is that.
    pub(super) fn undo(self) {
        self.commit();
        self.store.undo();
        self.follow(self.shown_text());
    }

    pub(super) fn redo(self) {
        self.commit();
        self.store.redo();
        self.follow(self.shown_text());
    }

    /// The paragraph's text in the plan, unless it was taken away. What is made and taken back at once is no change
    /// that anyone hears of: so it is looked at.
    fn shown_text(self) -> Option<String> {
        let all = self
            .at
            .with_value(|at| self.store.peek_paragraphs(at.section, at.item, &at.field.key));
        all.into_iter().find(|(id, _)| *id == self.id).map(|(_, text)| text)
    }

    /// Makes an edit of what was typed. What cannot be an edit stays in the input, with the reason.
    pub(super) fn commit(self) {
        self.stop_timer();
        self.since.set_value(None);
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let mine = input.value();
        let base = self.base.get_value();
        if base == mine {
            self.note_unsent(false);
            return;
        }
        // It stays in the input, which says why.
        if self.refused.with_untracked(Option::is_some) {
            return;
        }
        let edits = self.edits(&base, &mine);
        self.base.set_value(mine);
        if let Err(error) = self.store.try_edit_typing(edits) {
            self.base.set_value(base);
            self.error.set(Some(self.store.why_refused(&error)));
            return;
        }
        self.note_unsent(false);
        self.tell(false);
    }

    /// The edits that make the paragraph what stands in the input.
    fn edits(self, base: &str, mine: &str) -> Vec<Edit> {
        let cell = self.cell.get_value();
        let Some(stored) = self.store.peek_text(&cell) else {
            return self.making(&cell, mine.to_owned());
        };
        // Someone took it away while I wrote: what I wrote is worth more than an empty place, and brings it back.
        let is_gone = self.store.peek_value(&cell.with_suffix("deleted")) == Some(Scalar::Bool(true));
        let splices = if is_gone {
            let mine = if base.is_empty() {
                mine.to_owned()
            } else {
                splice::rebased(base, mine, &stored).0
            };
            self.rewrite(&cell, &stored, &mine)
        } else {
            self.rewrite(&cell, base, mine)
        };
        let back = is_gone.then(|| Edit::Clear {
            cell: cell.with_suffix("deleted"),
        });
        if is_gone && !base.is_empty() {
            toast(words::PARAGRAPH_KEPT);
        }
        splices.into_iter().chain(back).collect()
    }

    /// Only what I wrote is written: what stands between two places that I typed at is not touched.
    fn rewrite(self, cell: &Cell, from: &str, to: &str) -> Vec<Edit> {
        if self.at.with_value(|at| at.field.sealed.is_none()) {
            return Edit::rewrite(cell, from, to);
        }
        // One value, whatever of it differs.
        let change = splice::between(from, to);
        let edit = change.map(|change| Edit::Splice {
            cell: cell.clone(),
            at: change.at,
            delete: change.delete,
            insert: change.insert,
        });
        edit.into_iter().collect()
    }

    fn is_made(self) -> bool {
        self.cell.with_value(|cell| self.store.peek_text(cell).is_some())
    }

    /// The edits that make the paragraph, behind the last one.
    fn making(self, cell: &Cell, text: String) -> Vec<Edit> {
        let last = self.at.with_value(|at| {
            let all = self.store.peek_paragraphs(at.section, at.item, &at.field.key);
            let (last, _) = all.last()?;
            let rank = Cell::paragraph(at.section, at.item, &at.field.key, *last).with_suffix("rank");
            self.store.peek_value(&rank)
        });
        let rank = plan::rank_between(last.as_ref().and_then(Scalar::as_str), None);
        vec![
            Edit::MakeParagraph {
                cell: cell.clone(),
                text,
            },
            Edit::Put {
                cell: cell.with_suffix("rank"),
                value: Scalar::Str(rank),
            },
        ]
    }

    /// The focus is gone: the rest becomes an edit, and a paragraph that was emptied goes away.
    pub(super) fn left(self) {
        // What is taken off the page loses the focus after its view is gone.
        if self.since.try_get_value().is_none() || !editor::page_has_focus() {
            return;
        }
        self.commit();
        let cell = self.cell.get_value();
        let emptied = self.error.with_untracked(Option::is_none)
            && self.refused.with_untracked(Option::is_none)
            && self.input.get_untracked().is_some_and(|input| input.value().is_empty())
            && self.store.peek_text(&cell).is_some_and(|text| text.is_empty());
        if emptied {
            self.store.edit(vec![Edit::Put {
                cell: cell.with_suffix("deleted"),
                value: Scalar::Bool(true),
            }]);
        }
    }
}
