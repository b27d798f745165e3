//! The plan on one page, for who has two minutes: objectives, top opportunities, key people, gaps, next actions.

use std::str::FromStr;

use domain::schema::{Schema, Tone};
use domain::{Cell, ItemId, Money, PersonId, Scalar, SectionId, value};
use leptos::prelude::*;

use super::next_step::NextStep;
use crate::browser;
use crate::erased::{For, Show, sort_by_key};
use crate::format::{day, money};
use crate::gaps::Gap;
use crate::reading::{self, text};
use crate::route::{Page, PlanPlace, Route};
use crate::router::Link;
use crate::store::{Key, PlanStore, use_store};
use crate::ui::{UiState, use_ui};
use crate::views::{Chip, Face, settled};
use crate::when;
use crate::words;

/// How many rows a card shows.
const ROWS_MAX: usize = 6;
/// Stances that a person at the customer can have to be a key person even without a decisive role.
const KEY_STANCES: [&str; 2] = ["champion", "blocker"];
/// Roles that make a person a key person.
const KEY_ROLES: [&str; 2] = ["economic_buyer", "decision_maker"];

/// One line of a card.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    section: SectionId,
    item: ItemId,
    title: String,
    /// A state: what it means, and the word.
    chip: Option<(Tone, String)>,
    figure: String,
    person: Option<PersonId>,
}

/// The overview of the plan.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let store = use_store();
    let rows = move |sections: &'static [SectionId], read: fn(PlanStore) -> Vec<Row>| {
        let track = move || sections.iter().for_each(|&section| store.track(Key::Section(section)));
        settled(track, move || read(store))
    };
    view! {
        <div class="head">
            <h1>{words::OVERVIEW}</h1>
            <Summary />
        </div>
        <div class="cards">
            <Goal />
            <Card
                title=words::OBJECTIVES
                page=Page::Section(SectionId::Objectives)
                rows=rows(&[SectionId::Objectives], objectives)
                none=words::NO_OBJECTIVES
                begin=SectionId::Objectives
            />
            <Card
                title=words::TOP_OPPORTUNITIES
                page=Page::Section(SectionId::Opportunities)
                rows=rows(&[SectionId::Opportunities], opportunities)
                none=words::NO_OPPORTUNITIES
                begin=SectionId::Opportunities
            />
            <Card
                title=words::KEY_PEOPLE
                page=Page::Section(SectionId::People)
                rows=rows(&[SectionId::People], people)
                none=words::NO_PEOPLE
                begin=SectionId::People
            />
            <Card
                title=words::GAPS
                page=Page::Interlock
                rows=rows(
                    &[
                        SectionId::Initiatives,
                        SectionId::Drivers,
                        SectionId::Opportunities,
                        SectionId::People,
                    ],
                    gaps,
                )
                none=words::NO_GAPS
            />
            <Card
                title=words::NEXT_ACTIONS
                page=Page::Tracker
                rows=rows(&[SectionId::Actions], actions)
                none=words::NO_NEXT_ACTIONS
                begin=SectionId::Actions
            />
        </div>
    }
}

/// What is open, in one line.
#[component]
fn Summary() -> impl IntoView {
    let store = use_store();
    let interlock = reading::interlock(store);
    let words = move || {
        interlock.with(|lock| {
            let sums = reading::sums(lock.opportunities.iter().filter_map(|one| one.amount));
            let sums: Vec<String> = sums.into_iter().map(money::short).collect();
            words::open_opportunities(lock.opportunities.len(), &sums.join(", "))
        })
    };
    view! { <span class="muted">{words}</span> }
}

/// The goal of the plan, in the team's words.
#[component]
fn Goal() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let goal = store.paragraphs(SectionId::Profile, ItemId::SINGLE, "goal");
    let to = Route::Plan {
        plan: store.plan(),
        place: PlanPlace::of(Page::Section(SectionId::Profile)),
    };
    view! {
        <section class="card wide">
            <div class="head">
                <h2>{words::GOAL}</h2>
                <span class="grow"></span>
                <Link to class="btn quiet">
                    {words::OPEN_PAGE}
                </Link>
            </div>
            <For
                each=move || goal.get()
                key=Clone::clone
                children=|(_, text)| view! { <p class="goal">{text}</p> }
            />
            <Show when=move || goal.with(|goal| goal.iter().all(|(_, text)| text.trim().is_empty()))>
                <p class="faint">{words::NO_GOAL}</p>
                <Show when=move || store.why_not(SectionId::Profile, "goal").is_none()>
                    <button type="button" class="btn next-step" on:click=move |_| write_goal(ui)>
                        {words::WRITE_GOAL}
                    </button>
                </Show>
            </Show>
        </section>
    }
}

/// Turns to the profile, with the keyboard in its goal.
fn write_goal(ui: UiState) {
    ui.turn_to(Page::Section(SectionId::Profile));
    browser::after_paint(|| browser::focus("textarea[data-cell$=\"prose/goal\"]"));
}

#[component]
fn Card(
    title: &'static str,
    page: Page,
    rows: Signal<Vec<Row>>,
    none: &'static str,
    /// Where what is missing would be begun.
    #[prop(optional)]
    begin: Option<SectionId>,
) -> impl IntoView {
    let plan = use_store().plan();
    let to = Route::Plan {
        plan,
        place: PlanPlace::of(page),
    };
    let shown = move || rows.with(|rows| rows.iter().take(ROWS_MAX).cloned().collect::<Vec<_>>());
    let over = move || rows.with(|rows| rows.len().saturating_sub(ROWS_MAX));
    view! {
        <section class="card">
            <div class="head">
                <h2>{title}</h2>
                <span class="faint">{move || rows.with(Vec::len)}</span>
                <span class="grow"></span>
                <Link to class="btn quiet">
                    {words::OPEN_PAGE}
                </Link>
            </div>
            <ul class="plain-list rows">
                <For each=shown key=|row| format!("{row:?}") children=|row| view! { <RowLine row /> } />
            </ul>
            <Show when=move || { over() > 0 }>
                <p class="faint small">{move || words::and_more(over())}</p>
            </Show>
            <Show when=move || rows.with(Vec::is_empty)>
                <p class="faint">{none}</p>
                {begin.map(|section| view! { <NextStep section quiet=true /> })}
            </Show>
        </section>
    }
}

#[component]
fn RowLine(row: Row) -> impl IntoView {
    let ui = use_ui();
    let Row {
        section,
        item,
        title,
        chip,
        figure,
        person,
    } = row;
    view! {
        <li>
            {person.map(|person| view! { <Face person /> })}
            <button type="button" class="link t" on:click=move |_| ui.open(section, item)>
                {words::named(&title).to_owned()}
            </button>
            {chip.map(|(tone, word)| view! { <Chip tone text=word /> })}
            <span class="num">{figure}</span>
        </li>
    }
}

/// A choice as its word and what it means.
fn choice(schema: &Schema, store: PlanStore, cell: &Cell) -> Option<(Tone, String)> {
    let Some(Scalar::Str(key)) = store.peek_value(cell) else {
        return None;
    };
    let choice = schema.field_of(cell)?.choice(&key)?;
    Some((choice.tone, choice.label.to_string()))
}

fn amount(store: PlanStore, section: SectionId, item: ItemId, field: &str) -> Option<Money> {
    Money::from_str(&text(store, section, item, field)).ok()
}

fn seller(store: PlanStore, section: SectionId, item: ItemId, field: &str) -> Option<PersonId> {
    text(store, section, item, field).parse().ok()
}

fn objectives(store: PlanStore) -> Vec<Row> {
    let schema = store.schema();
    let section = SectionId::Objectives;
    let row = |item| Row {
        section,
        item,
        title: store.peek_title(section, item),
        chip: choice(&schema, store, &Cell::field(section, item, "state")),
        figure: amount(store, section, item, "target")
            .map(money::short)
            .unwrap_or_default(),
        person: seller(store, section, item, "owner"),
    };
    store.peek_items(section).into_iter().map(row).collect()
}

/// Open opportunities, the dearest first.
fn opportunities(store: PlanStore) -> Vec<Row> {
    let schema = store.schema();
    let section = SectionId::Opportunities;
    let mut open = reading::interlock_now(store).opportunities;
    sort_by_key(&mut open, |one| {
        std::cmp::Reverse(one.amount.map_or(0, |amount| amount.minor))
    });
    let row = |one: crate::gaps::Opportunity| Row {
        section,
        item: one.item,
        chip: choice(&schema, store, &Cell::field(section, one.item, "stage")),
        figure: one.amount.map(money::full).unwrap_or_default(),
        person: seller(store, section, one.item, "owner"),
        title: one.title,
    };
    open.into_iter().map(row).collect()
}

/// Who decides, and who is strongly for or against us.
fn people(store: PlanStore) -> Vec<Row> {
    let schema = store.schema();
    let section = SectionId::People;
    let field = schema.section(section).and_then(|section| section.field("roles"));
    let key_person = |item: ItemId| -> Option<Row> {
        let roles = store.peek_links(section, item, "roles");
        let role = roles.iter().find(|(role, _)| KEY_ROLES.contains(&role.as_str()));
        let stances = store.peek_own(section, item, "stance");
        let strong = stances
            .iter()
            .filter_map(|(_, stance)| stance.as_str())
            .find(|stance| KEY_STANCES.contains(stance));
        if role.is_none() && strong.is_none() {
            return None;
        }
        let stance = strong.or_else(|| stances.first().and_then(|(_, stance)| stance.as_str()));
        let stance_field = schema.section(section)?.field("stance")?;
        Some(Row {
            section,
            item,
            title: store.peek_title(section, item),
            chip: stance
                .and_then(|stance| stance_field.choice(stance))
                .map(|choice| (choice.tone, choice.label.to_string())),
            figure: role
                .and_then(|(role, _)| field?.choice(role))
                .map(|choice| choice.label.to_string())
                .unwrap_or_default(),
            person: seller(store, section, item, "responsible"),
        })
    };
    store.peek_items(section).into_iter().filter_map(key_person).collect()
}

fn gaps(store: PlanStore) -> Vec<Row> {
    let gap_row = |gap: Gap| {
        let (section, title, tone, word, figure) = match &gap {
            Gap::Unsupported(one) => {
                let figure = one.amount.map(money::full).unwrap_or_default();
                (
                    SectionId::Opportunities,
                    &one.title,
                    Tone::Bad,
                    words::GAP_UNSUPPORTED,
                    figure,
                )
            }
            Gap::Unserved(one) => (
                SectionId::Initiatives,
                &one.title,
                Tone::Warn,
                words::GAP_UNSERVED,
                String::new(),
            ),
            Gap::Idle(one) => (
                SectionId::Drivers,
                &one.title,
                Tone::Warn,
                words::GAP_IDLE,
                String::new(),
            ),
        };
        Row {
            section,
            item: gap.item(),
            title: title.clone(),
            chip: Some((tone, word.to_owned())),
            figure,
            person: None,
        }
    };
    let section = SectionId::People;
    let uncovered = |item: &ItemId| text(store, section, *item, "responsible").is_empty();
    let person_row = |item| Row {
        section,
        item,
        title: store.peek_title(section, item),
        chip: Some((Tone::Bad, words::GAP_UNCOVERED.to_owned())),
        figure: String::new(),
        person: None,
    };
    let key_people = people(store).into_iter().map(|row| row.item);
    reading::interlock_now(store)
        .gaps()
        .into_iter()
        .map(gap_row)
        .chain(key_people.filter(uncovered).map(person_row))
        .collect()
}

/// What is still to do, the nearest date first.
fn actions(store: PlanStore) -> Vec<Row> {
    let section = SectionId::Actions;
    let today = store.today();
    let mut open: Vec<(Option<chrono::NaiveDate>, ItemId)> = store
        .peek_items(section)
        .into_iter()
        .filter(|&item| {
            !matches!(
                text(store, section, item, "status").as_str(),
                "done" | "cancelled" | "deferred"
            )
        })
        .map(|item| (value::parse_day(&text(store, section, item, "due")), item))
        .collect();
    sort_by_key(&mut open, |&(due, _)| (due.is_none(), due));
    let row = |(due, item): (Option<chrono::NaiveDate>, ItemId)| {
        let chip = match due {
            Some(due) if due < today => Some((Tone::Bad, when::due(due, today))),
            None => Some((Tone::Warn, words::NO_DATE.to_owned())),
            Some(_) => None,
        };
        Row {
            section,
            item,
            title: store.peek_title(section, item),
            figure: due
                .filter(|&due| due >= today)
                .map(|due| day::near(due, today))
                .unwrap_or_default(),
            chip,
            person: seller(store, section, item, "owner"),
        }
    };
    open.into_iter().map(row).collect()
}
