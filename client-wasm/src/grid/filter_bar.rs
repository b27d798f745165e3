//! The filter of a list: words, and choices per column; what is filtered stands as chips that take it away again.

use domain::{Field, Kind};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::erased::{Show, effect, memo};
use crate::words;

use super::data;
use super::filter::{EMPTY, Filter};
use super::state::GridState;

/// What takes the keyboard when a control of the filter goes away: another one, or the button that opens them.
const BACK_FROM_FILTER: [&str; 4] = [".filter button", ".filter input", ".filter-button", "#page"];

/// The filter's controls while they are open, and its chips always.
#[component]
pub(super) fn FilterBar(state: GridState) -> impl IntoView {
    let filter = memo(move |_| state.filter());
    let is_shown = memo(move |_| state.filtering.get() || filter.with(|filter| !filter.is_empty()));
    let fields = state.columns();
    let menus = fields
        .iter()
        .filter(|field| is_choosable(field))
        .cloned()
        .collect::<Vec<_>>();
    view! {
        <Show when=move || is_shown.get()>
            <div class="filter" role="search" aria-label=words::FILTER_LIST>
                <WordsInput state filter />
                {menus.clone().into_iter().map(|field| view! { <ColumnMenu state field filter /> }).collect_view()}
                <Chips state filter />
            </div>
        </Show>
    }
}

fn is_choosable(field: &Field) -> bool {
    matches!(
        field.kind,
        Kind::Choice(_) | Kind::Choices(_) | Kind::Seller | Kind::Sellers | Kind::Item(_) | Kind::Items { .. }
    )
}

#[component]
fn WordsInput(state: GridState, filter: Memo<Filter>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get()
            && state.filtering.get_untracked()
        {
            let _ = input.focus();
        }
    });
    view! {
        <input
            node_ref=input
            class="filter-words"
            type="search"
            placeholder=words::FILTER_WORDS
            aria-label=words::FILTER_WORDS_LABEL
            prop:value=move || filter.with(|filter| filter.text.clone())
            on:input=move |event| {
                let text = event_target_value(&event);
                state.set_filter(|filter| filter.text = text);
            }
            on:keydown=move |event: KeyboardEvent| {
                event.stop_propagation();
                if event.key() == "Escape" {
                    state.set_filter(|filter| filter.text.clear());
                    state.filtering.set(false);
                    if state.hand.with_untracked(Option::is_some) {
                        state.focus_hand();
                    } else {
                        browser::focus(".filter-button");
                    }
                }
            }
        />
    }
}

/// The choices of one column.
#[component]
fn ColumnMenu(state: GridState, field: Field, filter: Memo<Filter>) -> impl IntoView {
    let label = field.label.to_string();
    let field = StoredValue::new(field);
    let key = move || field.with_value(|field| field.key.to_string());
    let chosen = memo(move |_| filter.with(|filter| filter.any.get(&key()).cloned().unwrap_or_default()));
    let open = RwSignal::new(false);
    let details = NodeRef::<html::Details>::new();
    let options = move || {
        let mut options = field.with_value(|field| {
            state
                .all
                .with_untracked(|items| data::choices_of(state.store, state.section, items, field))
        });
        options.push((EMPTY.to_owned(), words::NOTHING.to_owned()));
        options
            .into_iter()
            .map(|(option, label)| {
                let is_on = {
                    let option = option.clone();
                    move || chosen.with(|chosen| chosen.contains(&option))
                };
                view! {
                    <label>
                        <input
                            type="checkbox"
                            prop:checked=is_on
                            on:change=move |_| state.set_filter(|filter| filter.toggle(&key(), &option))
                        />
                        {label}
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <details
            class="pick"
            node_ref=details
            on:toggle=move |_| open.set(details.get_untracked().is_some_and(|details| details.open()))
            on:keydown=move |event: KeyboardEvent| {
                event.stop_propagation();
                if event.key() == "Escape" && let Some(details) = details.get_untracked() {
                    details.set_open(false);
                    if let Ok(Some(summary)) = details.query_selector("summary") {
                        // Fails only for an element that is not in the document.
                        let _ = summary.unchecked_into::<web_sys::HtmlElement>().focus();
                    }
                }
            }
        >
            <summary class="btn small">
                {label}
                {move || chosen.with(|chosen| (!chosen.is_empty()).then(|| format!(" ({})", chosen.len())))}
            </summary>
            <div class="pick-list">{move || open.get().then(options)}</div>
        </details>
    }
}

/// What is filtered, each with its way out.
#[component]
fn Chips(state: GridState, filter: Memo<Filter>) -> impl IntoView {
    let chips = move || {
        let fields = state.columns();
        let filter = filter.get();
        let mut chips = Vec::new();
        for (key, wanted) in &filter.any {
            let Some(field) = fields.iter().find(|field| field.key == key.as_str()) else {
                continue;
            };
            for value in wanted {
                let word = if value == EMPTY {
                    words::NOTHING.to_owned()
                } else {
                    data::key_label(state.store, field, value)
                };
                let (key, value) = (key.clone(), value.clone());
                let text = format!("{}: {word}", field.label);
                chips.push(view! {
                    <button
                        class="chip plain acc"
                        title=words::FILTER_AWAY
                        on:click=move |_| {
                            state.set_filter(|filter| filter.toggle(&key, &value));
                            browser::mend_focus(&BACK_FROM_FILTER);
                        }
                    >
                        {text}
                        <span aria-hidden="true">" ✕"</span>
                    </button>
                });
            }
        }
        chips
    };
    view! {
        {chips}
        <Show when=move || filter.with(|filter| !filter.is_empty())>
            <button class="btn small quiet" on:click=move |_| {
                state.set_filter(|filter| *filter = Filter::default());
                browser::mend_focus(&BACK_FROM_FILTER);
            }>
                {words::SHOW_ALL}
            </button>
        </Show>
    }
}
