//! Find: any item of the plan by its title, opened in the drawer.

use domain::{ItemId, Schema, SectionId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::erased::{For, effect, memo, sort_by_key};
use crate::route::Page;
use crate::store::{PlanStore, use_store};
use crate::ui::{UiState, use_ui};
use crate::views::Dialog;
use crate::words;

/// Most results that are shown.
const FOUND_MAX: usize = 12;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    section: SectionId,
    item: ItemId,
    title: String,
    /// The section's word for one item.
    one: String,
}

/// The find dialog.
#[component]
pub(crate) fn Find() -> impl IntoView {
    let ui = use_ui();
    view! {
        <Dialog open=ui.finding label=words::FIND class="find">
            <FindBody />
        </Dialog>
    }
}

/// What is sought and found now.
#[derive(Clone, Copy)]
struct Finding {
    ui: UiState,
    sought: RwSignal<String>,
    found: Memo<Vec<Found>>,
    /// The place of the one that Enter opens.
    chosen: RwSignal<usize>,
}

impl Finding {
    fn new(store: PlanStore, ui: UiState) -> Self {
        let sought = RwSignal::new(String::new());
        Self {
            ui,
            sought,
            found: memo(move |_| find(store, &sought.get())),
            chosen: RwSignal::new(0),
        }
    }

    fn type_words(self, words: String) {
        self.sought.set(words);
        self.chosen.set(0);
    }

    fn key(self, event: &KeyboardEvent) {
        let last = self.found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => self.chosen.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => self.chosen.update(|at| *at = at.saturating_sub(1)),
            "Enter" => self.open(self.chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    }

    fn open(self, at: usize) {
        if let Some(one) = self.found.with_untracked(|found| found.get(at).cloned()) {
            go_to(self.ui, &one);
        }
    }
}

/// The element of what was found at a place.
fn option_id(at: usize) -> String {
    format!("found-{at}")
}

#[component]
fn FindBody() -> impl IntoView {
    let finding = Finding::new(use_store(), use_ui());
    let Finding {
        sought, found, chosen, ..
    } = finding;
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
        }
    });
    view! {
        <input
            class="field"
            type="search"
            role="combobox"
            aria-expanded="true"
            aria-controls="found"
            aria-activedescendant=move || found.with(|found| !found.is_empty()).then(|| option_id(chosen.get()))
            aria-label=words::FIND_HINT
            placeholder=words::FIND_HINT
            node_ref=input
            on:input=move |event| finding.type_words(event_target_value(&event))
            on:keydown=move |event: KeyboardEvent| finding.key(&event)
        />
        <ul class="found" id="found" role="listbox" aria-label=words::FOUND>
            <For
                each=move || found.get().into_iter().enumerate()
                key=|(at, one)| (*at, one.item, one.title.clone())
                children=move |(at, one)| view! { <FoundRow finding at one /> }
            />
        </ul>
        <p class="faint small" role="status">
            {move || words::found(found.with(Vec::len), sought.get().trim().is_empty())}
        </p>
    }
}

#[component]
fn FoundRow(finding: Finding, at: usize, one: Found) -> impl IntoView {
    let title = words::named(&one.title).to_owned();
    let is_chosen = move || finding.chosen.get() == at;
    view! {
        <li
            id=option_id(at)
            role="option"
            class:on=is_chosen
            aria-selected=move || if is_chosen() { "true" } else { "false" }
            on:click=move |_| finding.open(at)
        >
            <span class="t">{title}</span>
            <span class="muted small">{one.one}</span>
        </li>
    }
}

/// The items whose title holds every word, those that begin with the text first.
fn find(store: PlanStore, sought: &str) -> Vec<Found> {
    let schema = store.schema();
    let sought = sought.trim().to_lowercase();
    if sought.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for section in SectionId::ALL.into_iter().filter(|section| !section.is_single()) {
        for item in store.peek_items(section) {
            let title = store.peek_title(section, item);
            if matches(&title.to_lowercase(), &sought) {
                found.push(Found {
                    section,
                    item,
                    title,
                    one: word_for_one(&schema, section),
                });
            }
        }
    }
    sort_by_key(&mut found, |one| !one.title.to_lowercase().starts_with(&sought));
    found.truncate(FOUND_MAX);
    found
}

fn matches(title: &str, sought: &str) -> bool {
    sought.split_whitespace().all(|word| title.contains(word))
}

fn word_for_one(schema: &Schema, section: SectionId) -> String {
    schema
        .section(section)
        .map(|section| section.one.to_string())
        .unwrap_or_default()
}

/// Turns to the item's section with the item in the drawer.
fn go_to(ui: UiState, found: &Found) {
    ui.finding.set(false);
    let page = Page::Section(found.section);
    if ui.page.get_untracked() != page {
        ui.turn_to(page);
    }
    ui.open(found.section, found.item);
    browser::after_paint(|| browser::focus(".drawer"));
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn every_word_must_be_there_in_any_order() {
        assert!(matches("yard automation, hamburg terminal", "hamburg yard"));
        assert!(!matches("yard automation, hamburg terminal", "hamburg port"));
    }
}
