//! What changed in the whole plan: who, when, what, in words; the newest first.

use std::time::Duration;

use chrono::NaiveDateTime;
use domain::{PersonId, SectionId, Seq, TimestampMs};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tell::{Told, told, word_for_one};
use crate::api;
use crate::browser;
use crate::edit::directory::Directory;
use crate::erased::{For, Show, effect, effect_after, memo};
use crate::store::{PlanStore, use_store};
use crate::ui::use_ui;
use crate::views::{Face, Problem};
use crate::when;
use crate::words;

/// How many facts are asked for at once.
const PAGE_FACTS: usize = 200;
/// How soon after a change the list is read again.
const REFRESH: Duration = Duration::from_millis(600);

/// The history of the plan.
#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let list = List::start(use_store());
    view! {
        <div class="head">
            <h1>{words::HISTORY}</h1>
            <span class="muted">{words::HISTORY_HINT}</span>
            <span class="grow"></span>
            <SectionChoice section=list.section />
            <PersonChoice person=list.person />
        </div>
        <Problem words=list.trouble />
        <Lines list />
        <Show when=move || list.next.get().is_some()>
            <button type="button" class="btn" disabled=list.busy on:click=move |_| list.load_more()>
                {words::MORE}
            </button>
        </Show>
    }
}

/// What was read so far, and what of it is asked for.
#[derive(Clone, Copy)]
struct List {
    store: PlanStore,
    section: RwSignal<Option<SectionId>>,
    person: RwSignal<Option<PersonId>>,
    facts: RwSignal<Vec<domain::Fact>>,
    next: RwSignal<Option<Seq>>,
    busy: RwSignal<bool>,
    loaded: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    /// Counts the readings: an answer to an older question is dropped.
    asked: StoredValue<u64>,
}

impl List {
    fn start(store: PlanStore) -> Self {
        let list = Self {
            store,
            section: RwSignal::new(None),
            person: RwSignal::new(None),
            facts: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            loaded: RwSignal::new(false),
            trouble: RwSignal::new(None),
            asked: StoredValue::new(0),
        };
        let waiting = StoredValue::new(false);
        // Another section at once; a change of the plan a moment later, many of them together.
        effect(move || {
            list.section.track();
            list.load(None);
        });
        effect_after(move |before: Option<()>| {
            store.head().track();
            if before.is_none() || waiting.get_value() {
                return;
            }
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        list.load(None);
                    }
                },
                REFRESH,
            );
        });
        list
    }

    fn load_more(self) {
        self.load(self.next.get_untracked());
    }

    fn load(self, before: Option<Seq>) {
        let mut question = 0;
        self.asked.update_value(|asked| {
            *asked += 1;
            question = *asked;
        });
        self.busy.set(true);
        let (plan, section) = (self.store.plan(), self.section.get_untracked());
        spawn_local(async move {
            let answer = api::history(plan, section, None, before, PAGE_FACTS).await;
            if self.asked.try_get_value() != Some(question) {
                return; // the page has gone, or asks for something else by now
            }
            self.busy.set(false);
            match answer {
                Ok(page) => {
                    self.trouble.set(None);
                    self.next.set(page.next);
                    self.facts.update(|facts| {
                        if before.is_none() {
                            facts.clear();
                        }
                        facts.extend(page.facts);
                    });
                }
                Err(error) => self.trouble.set(Some(error.words)),
            }
            self.loaded.set(true);
        });
    }

    fn lines(self) -> Vec<Told> {
        let schema = self.store.schema();
        let mut lines = self.facts.with(|facts| told(&schema, &self.store, facts));
        if let Some(person) = self.person.get() {
            lines.retain(|line| line.author == person);
        }
        lines
    }
}

#[component]
fn Lines(list: List) -> impl IntoView {
    let lines = memo(move |_| list.lines());
    view! {
        <ol class="history">
            <For
                each=move || days(lines.get())
                key=|(day, lines)| (day.clone(), lines.iter().map(|line| (line.seq, line.new.clone())).collect::<Vec<_>>())
                children=move |(day, lines)| {
                    view! {
                        <li>
                            <h2>{day}</h2>
                            <ul class="log">{lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</ul>
                        </li>
                    }
                }
            />
        </ol>
        <Show when=move || list.loaded.get() && lines.with(Vec::is_empty)>
            <p class="faint">{words::NO_HISTORY}</p>
        </Show>
    }
}

/// Lines by day, in their order.
fn days(lines: Vec<Told>) -> Vec<(String, Vec<Told>)> {
    let today = browser::today();
    let mut days: Vec<(NaiveDateTime, Vec<Told>)> = Vec::new();
    for line in lines {
        let at = browser::local(line.at);
        match days.last_mut() {
            Some((day, lines)) if day.date() == at.date() => lines.push(line),
            _ => days.push((at, vec![line])),
        }
    }
    days.into_iter()
        .map(|(day, lines)| (crate::format::day::near(day.date(), today), lines))
        .collect()
}

#[component]
fn Line(line: Told) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let (section, item) = (line.cell.section, line.cell.item);
    let name = store.person_name(line.author);
    let one = word_for_one(&store.schema(), section);
    let title = store.peek_title(section, item);
    let title = if section.is_single() {
        one.clone()
    } else {
        words::named(&title).to_owned()
    };
    view! {
        <li>
            <Face person=line.author named=true />
            <span>
                <b>{name}</b>
                " "
                <button type="button" class="link" title=one on:click=move |_| ui.open(section, item)>
                    {title}
                </button>
                ": "
                <Change what=line.what old=line.old new=line.new />
                " "
                <span class="faint">{when::clock(browser::local(line.at))} {offline_words(line.offline)}</span>
            </span>
        </li>
    }
}

/// When an edit was made that was sent later, after when that was.
pub(crate) fn offline_words(made: Option<TimestampMs>) -> Option<String> {
    let made = when::moment(browser::local(made?), browser::local(browser::now()));
    Some(format!(", {}", words::made_offline(&made)))
}

/// From what to what.
#[component]
pub(crate) fn Change(what: String, old: Option<String>, new: Option<String>) -> impl IntoView {
    let has_old = old.is_some();
    let is_cleared = has_old && new.is_none();
    view! {
        <span>{what}</span>
        {old.map(|old| view! { " " <del>{old}</del> })}
        {(has_old && !is_cleared).then_some(words::TO)}
        {new.map(|new| view! { " " <ins>{new}</ins> })}
        {is_cleared.then_some(words::EMPTIED)}
    }
}

#[component]
fn SectionChoice(section: RwSignal<Option<SectionId>>) -> impl IntoView {
    let schema = use_store().schema();
    let options = schema
        .sections
        .iter()
        .map(|known| view! { <option value=known.id.as_str()>{known.title.to_string()}</option> })
        .collect_view();
    view! {
        <select
            class="field"
            aria-label=words::SECTION
            on:change=move |event| section.set(event_target_value(&event).parse().ok())
        >
            <option value="">{words::ALL_SECTIONS}</option>
            {options}
        </select>
    }
}

#[component]
fn PersonChoice(person: RwSignal<Option<PersonId>>) -> impl IntoView {
    let people = use_store().people();
    view! {
        <select
            class="field"
            aria-label=words::PERSON
            on:change=move |event| person.set(event_target_value(&event).parse().ok())
        >
            <option value="">{words::EVERYONE}</option>
            <For
                each=move || people.get()
                key=|known| known.id
                children=|known| view! { <option value=known.id.to_string()>{known.name}</option> }
            />
        </select>
    }
}
