//! The editor of a field that takes choices, people or items: a combobox with its list; one or several, with the
//! strength of a link where it has one.

#![allow(
    clippy::large_types_passed_by_value,
    reason = "an editor's state is a set of handles that closures take by copy; in release builds it is half as large"
)]

mod options;
mod state;

use std::sync::atomic::{AtomicUsize, Ordering};

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::FieldAt;
use super::editor::{Done, page_has_focus, say_place};
use super::read::Choosable;
use super::refusal::{closed, once_closed};
use super::text_editor::take_focus;
use super::unread::Unreads;
use crate::erased::memo;
use crate::store::{PlanStore, use_store};
use crate::typing::{Away, settles};
use options::Options;
use state::State;

/// Numbers for element ids, so that the input can name its list.
static LISTS: AtomicUsize = AtomicUsize::new(0);

/// An open editor: its state, and how it ends.
#[derive(Clone, Copy)]
struct Choosing {
    store: PlanStore,
    unreads: Unreads,
    state: State,
    shown: Memo<Vec<Choosable>>,
    /// Why I may not write the field any more.
    refused: Memo<Option<String>>,
    closed: StoredValue<bool>,
    on_done: Callback<Done>,
}

/// Chooses among choices, people or items.
#[component]
pub(super) fn ListEditor(at: FieldAt, typed: Option<String>, on_done: Callback<Done>) -> impl IntoView {
    let store = use_store();
    let unreads = Unreads::expect();
    let kept = unreads.get_untracked(&at.seat(store.you()));
    let error = kept.as_ref().filter(|_| typed.is_none()).map(|kept| kept.why.clone());
    let typed = typed.or_else(|| kept.map(|kept| kept.text));
    let label = at.field.label.to_string();
    say_place(store, &at, typed.clone().map(|text| (text, None)));
    let refused = closed(store, &at);
    let state = State::new(store, at, typed.unwrap_or_default());
    let choosing = Choosing {
        store,
        unreads,
        state,
        shown: memo(move |_| state.shown()),
        refused,
        closed: StoredValue::new(false),
        on_done,
    };
    once_closed(refused, move |why| choosing.refuse(&why));
    let list = format!("options-{}", LISTS.fetch_add(1, Ordering::Relaxed));
    on_cleanup(move || choosing.end());
    settles(move |away| choosing.settle(away));
    view! {
        <span
            class="edit-list"
            on:mousedown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
        >
            <Query choosing label=label.clone() list=list.clone() />
            <Options choosing label list error />
        </span>
    }
}

/// What is typed: it has the keyboard, the list under it only shows what the keys do.
#[component]
fn Query(choosing: Choosing, label: String, list: String) -> impl IntoView {
    let Choosing {
        store, state, shown, ..
    } = choosing;
    let input = NodeRef::<html::Input>::new();
    take_focus(input, false);
    let active_id = {
        let list = list.clone();
        move || {
            shown
                .with(|shown| !shown.is_empty())
                .then(|| option_id(&list, state.active.get()))
        }
    };
    view! {
        <input
            node_ref=input
            class="edit-line"
            type="text"
            role="combobox"
            autocomplete="off"
            spellcheck="false"
            aria-label=label
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls=list
            aria-activedescendant=active_id
            placeholder=state.placeholder(store)
            prop:value=move || state.query.get()
            on:input=move |event| choosing.typed(event_target_value(&event))
            on:keydown=move |event| choosing.key(&event)
            on:blur=move |_| {
                if page_has_focus() {
                    choosing.finish(Done::Left, state.many);
                }
            }
        />
    }
}

/// The element of an option in a list.
fn option_id(list: &str, index: usize) -> String {
    format!("{list}-{index}")
}

impl Choosing {
    fn typed(self, text: String) {
        self.state.type_query(text.clone());
        self.state
            .at
            .with_value(|at| say_place(self.store, at, Some((text, None))));
    }

    /// The field was closed to me: what was typed or chosen stays at its cell, with the reason.
    fn refuse(self, why: &str) {
        if self.closed.try_get_value() != Some(false) {
            return;
        }
        let kept = self.state.unsaved_text();
        let seat = self.state.at.with_value(|at| at.seat(self.store.you()));
        let unreads = self.unreads;
        self.finish(Done::Stay, false);
        if let Some(text) = kept {
            unreads.keep(seat, text, why.to_owned());
        }
    }

    /// Ends the editor, once; it may be gone afterwards.
    fn finish(self, done: Done, commits: bool) {
        // What is taken off the page loses the focus after its view is gone.
        if self.closed.try_get_value() != Some(false) {
            return;
        }
        if commits && let Some(why) = self.refused.try_get_untracked().flatten() {
            return self.refuse(&why);
        }
        self.closed.set_value(true);
        if commits {
            self.state.commit(self.store);
        }
        self.state.at.with_value(|at| {
            self.unreads.drop(&at.seat(self.store.you()));
            say_place(self.store, at, None);
        });
        self.on_done.run(done);
    }

    /// The page turns: what is chosen of several becomes an edit still.
    fn end(self) {
        let is_refused = self.refused.try_with_untracked(Option::is_some) == Some(true);
        if self.closed.try_get_value() == Some(false) && self.state.many && !is_refused {
            self.closed.set_value(true);
            self.state.commit(self.store);
        }
    }

    /// The page goes away: what is chosen of several becomes an edit, and the editor stays open. What is only looked
    /// for is not chosen.
    fn settle(self, away: Away) -> bool {
        if away == Away::Going && self.closed.try_get_value() == Some(false) && self.state.many {
            self.state.commit(self.store);
        }
        true
    }

    fn choose(self, option: &Choosable) {
        self.state.choose(option);
        if !self.state.many {
            self.finish(Done::Down, true);
        }
    }

    fn key(self, event: &KeyboardEvent) {
        event.stop_propagation();
        if event.is_composing() {
            return;
        }
        let state = self.state;
        let key = event.key();
        let active = self
            .shown
            .with_untracked(|shown| shown.get(state.active.get_untracked()).cloned());
        match key.as_str() {
            "ArrowDown" | "ArrowUp" | "PageDown" | "PageUp" => state.step(&key, self.shown.with_untracked(Vec::len)),
            "Escape" => self.finish(Done::Stay, false),
            "1" | "2" | "3"
                if state.strength && active.as_ref().is_some_and(|active| state.is_strength(&key, active)) =>
            {
                if let (Some(option), Ok(strength)) = (active, key.parse()) {
                    state.set_strength(&option, strength);
                }
            }
            "Enter" | "Tab" => self.commit_key(&key, event.shift_key(), active),
            _ => return,
        }
        event.prevent_default();
    }

    /// Enter or Tab: chooses what is under the hand, or is done.
    fn commit_key(self, key: &str, shift: bool, active: Option<Choosable>) {
        let state = self.state;
        let done = Done::of_key(key, shift).unwrap_or(Done::Stay);
        let chooses = state.touched.get_untracked() || (!state.many && key == "Enter");
        match active {
            Some(option) if state.many && chooses && key == "Enter" => self.choose(&option),
            Some(option) if chooses => {
                state.choose(&option);
                self.finish(done, true);
            }
            // Typed, but nothing is called so: the list says it, and the text stays for mending.
            None if chooses && !state.query.with_untracked(String::is_empty) => {}
            _ => self.finish(done, state.many || key == "Enter"),
        }
    }
}
