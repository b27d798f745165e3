//! The editor of a field that is typed as one line: text, amounts, days, whole numbers.

use domain::Kind;
use domain::schema::LINE_CHARS_MAX;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use plan::Edit;

use super::FieldAt;
use super::editor::{Done, page_has_focus, say_place};
use super::meanwhile::meanwhile;
use super::refusal::{Refusal, closed, once_closed};
use super::unread::Unreads;
use crate::erased::{Show, effect};
use crate::store::{PlanStore, use_store};
use crate::typing::settles;
use crate::words;

/// Longest text that is read at all: beyond it the reason names the length only, because other reasons quote the text.
const READ_CHARS_MAX: usize = LINE_CHARS_MAX * 4;

/// What the editor works with.
#[derive(Clone, Copy)]
struct Line {
    store: PlanStore,
    unreads: Unreads,
    at: StoredValue<FieldAt>,
    input: NodeRef<html::Input>,
    /// The field's text as it was when the editor was opened.
    start: StoredValue<String>,
    /// The field's text as it was, or as it was kept while the page was away.
    before: StoredValue<String>,
    error: RwSignal<Option<String>>,
    /// Why I may not write the field any more.
    refused: Memo<Option<String>>,
    closed: StoredValue<bool>,
    on_done: Callback<Done>,
}

/// One line of text for a field.
#[component]
pub(super) fn TextEditor(at: FieldAt, typed: Option<String>, on_done: Callback<Done>) -> impl IntoView {
    let store = use_store();
    let unreads = Unreads::expect();
    let kept = unreads.get_untracked(&at.seat(store.you())).filter(|_| typed.is_none());
    let before = at.text(store);
    let start = typed
        .clone()
        .or_else(|| kept.as_ref().map(|kept| kept.text.clone()))
        .unwrap_or_else(|| before.clone());
    let input = NodeRef::<html::Input>::new();
    let theirs = meanwhile(store, &at);
    let refused = closed(store, &at);
    take_focus(input, typed.is_none());
    say_place(store, &at, typed.map(|text| (text, None)));
    let label = at.field.label.to_string();
    let numeric = matches!(at.field.kind, Kind::Money | Kind::Whole { .. });
    let line = Line {
        store,
        unreads,
        at: StoredValue::new(at),
        input,
        start: StoredValue::new(before.clone()),
        before: StoredValue::new(before),
        error: RwSignal::new(kept.map(|kept| kept.why)),
        refused,
        closed: StoredValue::new(false),
        on_done,
    };
    on_cleanup(move || line.end());
    settles(move |_| line.settle());
    once_closed(refused, move |_| line.refuse());
    view! {
        <input
            node_ref=input
            class="edit-line"
            class:num=numeric
            type="text"
            autocomplete="off"
            spellcheck="false"
            prop:value=start
            readonly=move || refused.with(Option::is_some)
            aria-label=label
            aria-invalid=move || line.error.with(|error| error.is_some().then_some("true"))
            on:keydown=move |event| line.key(&event)
            on:input=move |_| line.typed()
            on:blur=move |_| {
                if page_has_focus() {
                    line.finish(Done::Left);
                }
            }
            // A click inside the input is the input's own: the list behind it must not select.
            on:mousedown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
        />
        <Said line theirs />
    }
}

/// What floats at the editor: why the field is closed, why its text could not be read, what another wrote meanwhile.
#[component]
fn Said(line: Line, theirs: Memo<Option<String>>) -> impl IntoView {
    let float = NodeRef::<html::Span>::new();
    super::float::at_cell(float);
    let said = NodeRef::<html::Span>::new();
    super::float::at_cell(said);
    let kept_at = NodeRef::<html::Span>::new();
    super::float::at_cell(kept_at);
    let refused = line.refused;
    view! {
        <Show when=move || refused.with(Option::is_some)>
            <span class="edit-refused" node_ref=kept_at>
                <Refusal why=refused text=Callback::new(move |()| line.text().unwrap_or_default()) />
            </span>
        </Show>
        <Show when=move || line.error.with(Option::is_some) && refused.with(Option::is_none)>
            <span class="edit-error" role="alert" node_ref=float>
                {move || line.error.get()}
            </span>
        </Show>
        <span class="meanwhile-at" role="status">
            <Show when=move || {
                theirs.with(Option::is_some) && line.error.with(Option::is_none) && refused.with(Option::is_none)
            }>
                <span class="meanwhile" node_ref=said>
                    <b>{move || theirs.get()}</b>
                    {words::MEANWHILE_KEYS}
                </span>
            </Show>
        </span>
    }
}

impl Line {
    /// What stands in the input; None once it is gone.
    fn text(self) -> Option<String> {
        let input = self.input.try_get_untracked().flatten();
        input.map(|element| element.value())
    }

    /// The field was closed to me: an editor with nothing typed in it ends, another one keeps the text for copying.
    fn refuse(self) {
        if self.closed.try_get_value() != Some(false) {
            return;
        }
        if self.text() == self.before.try_get_value() {
            self.close(Done::Stay);
        } else if let Some(element) = self.input.get_untracked() {
            // Ready for Ctrl+C.
            element.select();
        }
    }

    /// Puts what was typed aside at its cell, with the reason.
    fn put_aside(self, text: String, why: String) {
        let seat = self.at.with_value(|at| at.seat(self.store.you()));
        self.unreads.keep(seat, text, why);
    }

    fn key(self, event: &KeyboardEvent) {
        event.stop_propagation();
        if event.is_composing() {
            return;
        }
        let key = event.key();
        if key == "Escape" {
            event.prevent_default();
            self.give_up();
        } else if let Some(done) = Done::of_key(&key, event.shift_key()) {
            event.prevent_default();
            self.finish(done);
        }
    }

    fn typed(self) {
        self.error.set(None);
        if let Some(element) = self.input.get_untracked() {
            let caret = element.selection_start().ok().flatten();
            self.at
                .with_value(|at| say_place(self.store, at, Some((element.value(), caret))));
        }
    }

    /// Makes an edit of the text. What the field cannot take is asked for again; with the focus gone nothing can be
    /// asked: then the text stays at its cell, with the reason.
    fn finish(self, done: Done) {
        // What is taken off the page loses the focus after its view is gone.
        if self.closed.try_get_value() != Some(false) {
            return;
        }
        let Some(element) = self.input.get_untracked() else {
            return;
        };
        let text = element.value();
        match self.edits(&text) {
            Ok(edits) => {
                if !edits.is_empty() {
                    self.store.edit(edits);
                }
                self.close(done);
            }
            Err(why) if done == Done::Left => {
                let (unreads, seat) = (self.unreads, self.at.with_value(|at| at.seat(self.store.you())));
                self.close(done);
                unreads.keep(seat, text, why);
            }
            // Why it is closed is said already.
            Err(_) if self.refused.with_untracked(Option::is_some) => {}
            Err(why) => self.error.set(Some(why)),
        }
    }

    fn edits(self, text: &str) -> Result<Vec<Edit>, String> {
        if self.before.with_value(|before| before == text) {
            return Ok(Vec::new());
        }
        if let Some(why) = self.refused.try_get_untracked().flatten() {
            return Err(why);
        }
        let long = text.chars().count();
        if long > READ_CHARS_MAX {
            return Err(words::line_too_long(long, LINE_CHARS_MAX));
        }
        self.at.with_value(|at| at.edits_of_text(self.store, text))
    }

    /// The page turns: what is typed becomes an edit still; what the field cannot take stays at its cell.
    fn end(self) {
        if self.closed.try_get_value() != Some(false) {
            return;
        }
        self.closed.set_value(true);
        let Some(text) = self.text() else { return };
        match self.edits(&text) {
            Ok(edits) if edits.is_empty() => {}
            Ok(edits) => drop(self.store.edit(edits)),
            Err(why) => self.put_aside(text, why),
        }
    }

    /// The page may go away: what is typed becomes an edit, and the editor stays open. Answers whether all of it did.
    fn settle(self) -> bool {
        if self.closed.try_get_value() != Some(false) {
            return true;
        }
        let Some(text) = self.input.get_untracked().map(|element| element.value()) else {
            return true;
        };
        let Ok(edits) = self.edits(&text) else { return false };
        let is_kept = edits.is_empty() || self.store.edit(edits);
        if is_kept {
            self.before.set_value(text);
        }
        is_kept
    }

    /// Escape: the field is as it was when the editor was opened, also if the page was away meanwhile.
    fn give_up(self) {
        let start = self.start.get_value();
        let author = self
            .at
            .with_value(|at| self.store.peek_author(&at.seat(self.store.you())));
        // What another wrote since then is theirs to take back.
        if author == Some(self.store.you())
            && self.refused.with_untracked(Option::is_none)
            && let Ok(edits) = self.edits(&start)
            && !edits.is_empty()
        {
            self.store.edit(edits);
        }
        self.close(Done::Stay);
    }

    /// Ends the editor. It may be gone afterwards.
    fn close(self, done: Done) {
        self.closed.set_value(true);
        self.at.with_value(|at| {
            self.unreads.drop(&at.seat(self.store.you()));
            say_place(self.store, at, None);
        });
        self.on_done.run(done);
    }
}

/// Gives the input the focus as soon as it is there; with everything selected, or with the caret behind the text.
pub(super) fn take_focus(input: NodeRef<html::Input>, select: bool) {
    effect(move || {
        let Some(element) = input.get() else { return };
        let _ = element.focus();
        if select {
            element.select();
        } else {
            let end = u32::try_from(element.value().encode_utf16().count()).unwrap_or(u32::MAX);
            let _ = element.set_selection_range(end, end);
        }
    });
}
