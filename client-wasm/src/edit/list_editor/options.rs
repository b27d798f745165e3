//! The list under a list editor's input: what can be chosen, what is, and how strongly.

use domain::Scalar;
use leptos::html;
use leptos::prelude::*;

use super::state::State;
use super::{Choosing, option_id};
use crate::edit::float;
use crate::edit::look::{has_sections, section_one};
use crate::edit::meanwhile::meanwhile;
use crate::edit::read::Choosable;
use crate::erased::{For, Show, effect, memo};
use crate::views::tone_class;
use crate::words;

/// The options, with what is wrong with the typed text over them and what the keys do under them.
#[component]
pub(super) fn Options(choosing: Choosing, label: String, list: String, error: Option<String>) -> impl IntoView {
    let Choosing { state, shown, .. } = choosing;
    let box_ref = NodeRef::<html::Div>::new();
    float::at_cell(box_ref);
    let id = list.clone();
    // Of several, each has its own place: what others chose meanwhile stays.
    let theirs = (!state.many).then(|| state.at.with_value(|at| meanwhile(state.store, at)));
    view! {
        <div class="options" node_ref=box_ref>
            {error.map(|error| view! { <p class="options-error" role="alert">{error}</p> })}
            {theirs.map(|theirs| view! { <Theirs theirs /> })}
            <ul
                id=id
                role="listbox"
                aria-label=label
                aria-multiselectable=if state.many { "true" } else { "false" }
            >
                <For
                    each=move || shown.get().into_iter().enumerate()
                    key=|(index, option)| (*index, option.key.clone())
                    let((index, option))
                >
                    <OptionRow choosing index option id=option_id(&list, index) />
                </For>
            </ul>
            <Show when=move || shown.with(Vec::is_empty)>
                <p class="options-none">{words::NOTHING_CALLED_SO}</p>
            </Show>
            {state.many.then(|| view! { <p class="options-hint">{state.hint()}</p> })}
        </div>
    }
}

/// What another wrote into the field while the list is open.
#[component]
fn Theirs(theirs: Memo<Option<String>>) -> impl IntoView {
    view! {
        <div role="status">
            <Show when=move || theirs.with(Option::is_some)>
                <p class="options-theirs">
                    <b>{move || theirs.get()}</b>
                    {words::MEANWHILE_KEYS}
                </p>
            </Show>
        </div>
    }
}

#[component]
fn OptionRow(choosing: Choosing, index: usize, option: Choosable, id: String) -> impl IntoView {
    let state = choosing.state;
    let key = option.key.clone();
    let is_chosen = memo(move |_| state.chosen.with(|chosen| chosen.get(&key).cloned()));
    let row = NodeRef::<html::Li>::new();
    keep_in_view(row, state, index);
    let parts = (label_view(state, &option), section_view(state, &option));
    let strength_of = option.clone();
    view! {
        <li
            node_ref=row
            id=id
            role="option"
            class:active=move || state.active.get() == index
            aria-selected=move || if is_chosen.get().is_some() { "true" } else { "false" }
            // The input keeps the focus.
            on:mousedown=|event| event.prevent_default()
            on:mousemove=move |_| {
                if state.active.get_untracked() != index {
                    state.active.set(index);
                }
            }
            on:click=move |_| choosing.choose(&option)
        >
            <span class="option-mark" aria-hidden="true">
                {move || if is_chosen.get().is_some() { "✓" } else { "" }}
            </span>
            {parts}
            {state.strength.then(|| view! { <Strengths state option=strength_of is_chosen /> })}
        </li>
    }
}

/// What an option is called: a choice in its tone, as in a cell.
fn label_view(state: State, option: &Choosable) -> AnyView {
    let choice = state
        .at
        .with_value(|at| at.field.choice(&option.key).map(|choice| tone_class(choice.tone)));
    let label = option.label.clone();
    match choice {
        Some(tone) => view! { <span class=format!("chip {tone}")>{label}</span> }.into_any(),
        None => view! { <span class="option-label">{label}</span> }.into_any(),
    }
}

/// The section of an item, where the field takes items of several.
fn section_view(state: State, option: &Choosable) -> Option<AnyView> {
    let section = option
        .section
        .filter(|_| state.at.with_value(|at| has_sections(&at.field)))?;
    Some(view! { <span class="faint small">{section_one(state.store, section)}</span> }.into_any())
}

/// The option under the hand is scrolled to.
fn keep_in_view(row: NodeRef<html::Li>, state: State, index: usize) {
    effect(move || {
        if state.active.get() == index
            && let Some(row) = row.get()
        {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

/// Three buttons for the strength of a link, for the mouse; the keys 1 to 3 do the same.
#[component]
fn Strengths(state: State, option: Choosable, is_chosen: Memo<Option<Scalar>>) -> impl IntoView {
    let option = StoredValue::new(option);
    view! {
        <span class="strengths" aria-hidden="true">
            {(1..=3_i64)
                .map(|strength| {
                    view! {
                        <i
                            class:y=move || is_chosen.get() == Some(Scalar::Int(strength))
                            on:click=move |event| {
                                event.stop_propagation();
                                option.with_value(|option| state.set_strength(option, strength));
                            }
                        >
                            {strength}
                        </i>
                    }
                })
                .collect_view()}
        </span>
    }
}
