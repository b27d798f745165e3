//! What of the history is shown, to be chosen: search, section, person, kind; and what a link has chosen before.

use std::time::Duration;

use leptos::prelude::*;

use super::bouts::place_name;
use super::filter::{Filter, Kinds};
use super::words as said;
use crate::erased::{For, Show, effect, memo};
use crate::store::{Key, PlanStore, use_store};
use crate::ui::use_ui;
use crate::views::Segments;
use crate::words;

/// How long a search waits for the next letter.
const PAUSE: Duration = Duration::from_millis(250);

/// The line of choices over the history.
#[component]
pub(super) fn FilterBar(
    /// What is shown.
    filter: Memo<Filter>,
) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let change = move |with: &dyn Fn(&mut Filter)| {
        let mut changed = filter.get_untracked();
        with(&mut changed);
        ui.filter.set(changed.to_string());
    };
    let kinds = [
        ("", said::ALL_KINDS),
        ("edits", said::EDITS),
        ("control", said::EVENTS),
        ("erased", said::ERASED),
    ];
    let kinds = kinds.map(|(key, word)| (key.to_owned(), word.to_owned())).to_vec();
    let kind = memo(move |_| filter.with(|filter| filter.kinds.word().unwrap_or_default().to_owned()));
    view! {
        <div class="head history-filter">
            <Search filter />
            <SectionChoice filter />
            <PersonChoice filter />
            <Segments
                label=said::KINDS
                of=Signal::stored(kinds)
                chosen=kind
                choose=move |word: String| change(&|filter| filter.kinds = Kinds::parse(&word))
            />
            {move || narrowed(store, &filter.get()).map(|what| view! { <span class="chip acc plain">{said::only(&what)}</span> })}
            <Show when=move || filter.with(|filter| *filter != Filter::default())>
                <button type="button" class="btn quiet small" on:click=move |_| ui.filter.set(String::new())>
                    {said::NO_FILTER}
                </button>
            </Show>
        </div>
    }
}

/// What a link narrowed the history to, beyond what the choices show.
fn narrowed(store: PlanStore, filter: &Filter) -> Option<String> {
    let field = filter.field.as_ref().map(|key| {
        let schema = store.schema();
        let mut sections = schema
            .sections
            .iter()
            .filter(|section| filter.section.is_none_or(|of| of == section.id));
        let label = sections.find_map(|section| section.field(key).map(|field| field.label.to_string()));
        label.unwrap_or_else(|| key.clone())
    });
    let item = filter.item.and_then(|item| {
        let section = filter.section?;
        // What it is called may change, or not be mine to read any more.
        store.track(Key::Item(section, item));
        Some(place_name(store, section, item, None))
    });
    match (field, item) {
        (Some(field), Some(item)) => Some(said::field_of(&field, &item)),
        (field, item) => field.or(item),
    }
}

#[component]
fn Search(filter: Memo<Filter>) -> impl IntoView {
    let ui = use_ui();
    let input = NodeRef::<leptos::html::Input>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let text = memo(move |_| filter.with(|filter| filter.text.clone()));
    // The address changed from elsewhere; what is being typed is not taken out from under the hand.
    effect(move || {
        let text = text.get();
        if let Some(input) = input.get()
            && input.value().trim() != text
        {
            input.set_value(&text);
        }
    });
    let search = move || {
        let Some(Some(input)) = input.try_get_untracked() else {
            return;
        };
        let mut changed = filter.get_untracked();
        input.value().trim().clone_into(&mut changed.text);
        let changed = changed.to_string();
        if ui.filter.get_untracked() != changed {
            ui.filter.set(changed);
        }
    };
    view! {
        <input
            class="field"
            type="search"
            node_ref=input
            aria-label=said::SEARCH
            placeholder=said::SEARCH
            on:input=move |_| {
                if let Some(handle) = waiting.get_value() {
                    handle.clear();
                }
                waiting.set_value(set_timeout_with_handle(search, PAUSE).ok());
            }
            on:change=move |_| search()
        />
    }
}

#[component]
fn SectionChoice(filter: Memo<Filter>) -> impl IntoView {
    let ui = use_ui();
    let schema = use_store().schema();
    let chosen = memo(move |_| {
        filter.with(|filter| {
            filter
                .section
                .map(|section| section.as_str().to_owned())
                .unwrap_or_default()
        })
    });
    let options = schema
        .sections
        .iter()
        .map(|known| view! { <option value=known.id.as_str()>{known.title.to_string()}</option> })
        .collect_view();
    view! {
        <select
            class="field"
            aria-label=words::SECTION
            prop:value=chosen
            on:change=move |event| {
                let mut changed = filter.get_untracked();
                changed.section = event_target_value(&event).parse().ok();
                (changed.item, changed.field) = (None, None);
                ui.filter.set(changed.to_string());
            }
        >
            <option value="">{words::ALL_SECTIONS}</option>
            {options}
        </select>
    }
}

#[component]
fn PersonChoice(filter: Memo<Filter>) -> impl IntoView {
    let ui = use_ui();
    let people = use_store().people();
    let chosen = memo(move |_| filter.with(|filter| filter.person.map(|id| id.to_string()).unwrap_or_default()));
    view! {
        <select
            class="field"
            aria-label=words::PERSON
            on:change=move |event| {
                let mut changed = filter.get_untracked();
                changed.person = event_target_value(&event).parse().ok();
                ui.filter.set(changed.to_string());
            }
        >
            <option value="" selected=move || chosen.with(String::is_empty)>{words::EVERYONE}</option>
            <For
                each=move || people.get()
                key=|known| known.id
                children=move |known| {
                    let id = known.id.to_string();
                    let is_chosen = {
                        let id = id.clone();
                        move || chosen.get() == id
                    };
                    view! {
                        <option value=id selected=is_chosen>
                            {known.name}
                        </option>
                    }
                }
            />
        </select>
    }
}
