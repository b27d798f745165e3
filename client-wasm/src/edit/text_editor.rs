//! The editor of a field that is typed as one line: text, amounts, days, whole numbers.

use domain::Kind;
use domain::schema::LINE_CHARS_MAX;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::FieldAt;
use super::editor::{Done, page_has_focus, say_place};
use super::unread::Unreads;
use crate::store::PlanStore;

/// Longest text that an input takes: beyond it the field's own message would come anyway, but a pasted novel would
/// have to be laid out first.
const INPUT_CHARS_MAX: usize = LINE_CHARS_MAX * 4;

/// One line of text for a field.
#[component]
pub(super) fn TextEditor(at: FieldAt, typed: Option<String>, on_done: Callback<Done>) -> impl IntoView {
    let store = expect_context::<PlanStore>();
    let unreads = Unreads::expect();
    let seat = at.seat(store.you());
    let before = at.text(store);
    let kept = unreads.get_untracked(&seat);
    let start = typed
        .clone()
        .or_else(|| kept.as_ref().map(|kept| kept.text.clone()))
        .unwrap_or_else(|| before.clone());
    let error = RwSignal::new(kept.filter(|_| typed.is_none()).map(|kept| kept.why));
    let input = NodeRef::<html::Input>::new();
    let float = NodeRef::<html::Span>::new();
    super::float::at_cell(float);
    let closed = StoredValue::new(false);
    take_focus(input, typed.is_none());
    say_place(store, &at, typed.map(|text| (text, None)));

    let label = at.field.label.to_string();
    let numeric = matches!(at.field.kind, Kind::Money | Kind::Whole { .. });
    let at = StoredValue::new(at);
    let finish = move |done: Done| {
        let Some(element) = input.get_untracked() else { return };
        if closed.get_value() {
            return;
        }
        let text = element.value();
        let outcome = at.with_value(|at| {
            if text == before {
                return Ok(Vec::new());
            }
            at.edits_of_text(store, &text)
        });
        let seat = at.with_value(|at| at.seat(store.you()));
        match outcome {
            Ok(edits) => {
                unreads.drop(&seat);
                if !edits.is_empty() {
                    store.edit(edits);
                }
            }
            // With the focus gone nothing can be asked: the text stays at its cell, with the reason.
            Err(why) if done == Done::Left => unreads.keep(seat, text, why),
            Err(why) => {
                error.set(Some(why));
                return;
            }
        }
        closed.set_value(true);
        at.with_value(|at| say_place(store, at, None));
        on_done.run(done);
    };
    let give_up = move || {
        closed.set_value(true);
        at.with_value(|at| {
            unreads.drop(&at.seat(store.you()));
            say_place(store, at, None);
        });
        on_done.run(Done::Stay);
    };
    let finish_on_blur = finish.clone();
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        if event.is_composing() {
            return;
        }
        let key = event.key();
        if key == "Escape" {
            event.prevent_default();
            give_up();
        } else if let Some(done) = Done::of_key(&key, event.shift_key()) {
            event.prevent_default();
            finish(done);
        }
    };
    let on_input = move |_| {
        error.set(None);
        if let Some(element) = input.get_untracked() {
            let caret = element.selection_start().ok().flatten();
            at.with_value(|at| say_place(store, at, Some((element.value(), caret))));
        }
    };
    view! {
        <input
            node_ref=input
            class="edit-line"
            class:num=numeric
            type="text"
            autocomplete="off"
            spellcheck="false"
            maxlength=INPUT_CHARS_MAX.to_string()
            prop:value=start
            aria-label=label
            aria-invalid=move || error.with(|error| error.is_some().then_some("true"))
            on:keydown=on_keydown
            on:input=on_input
            on:blur=move |_| {
                if page_has_focus() {
                    finish_on_blur(Done::Left);
                }
            }
            // A click inside the input is the input's own: the list behind it must not select.
            on:mousedown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
        />
        <Show when=move || error.with(Option::is_some)>
            <span class="edit-error" role="alert" node_ref=float>
                {move || error.get()}
            </span>
        </Show>
    }
}

/// Gives the input the focus as soon as it is there; with everything selected, or with the caret behind the text.
pub(super) fn take_focus(input: NodeRef<html::Input>, select: bool) {
    Effect::new(move |_| {
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
