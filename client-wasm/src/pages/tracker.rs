//! The action tracker: who does what until when, what slipped, done in place.

mod row;
mod which;

use std::time::Duration;

use domain::{PersonId, SectionId, value};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::next_step::NextStep;
use super::summary::ActionViews;
use crate::api::{self, ActionRow, ActionsReport};
use crate::browser;
use crate::erased::{For, Show, effect_after, memo};
use crate::store::{PlanStore, use_store};
use crate::ui::{UiState, use_ui};
use crate::views::{Face, Problem, Segments, Waiting};
use crate::words;
use row::Row;
use which::{Which, by_owner};

/// How soon after a change the report is read again.
const REFRESH: Duration = Duration::from_millis(400);

/// The action tracker.
#[component]
pub(crate) fn TrackerPage() -> impl IntoView {
    let ui = use_ui();
    let (report, trouble) = follow_report(use_store());
    let which = memo(move |_| Which::parse(&ui.filter.get()));
    let segments = Signal::derive(move || {
        let said = |which: Which| {
            report.with(|report| match report {
                Some(report) => {
                    let rows = report.rows.iter().filter(|row| which.takes(row.state));
                    words::with_count(which.word(), rows.count())
                }
                // How many there are is not known yet: none would be a lie.
                None => which.word().to_owned(),
            })
        };
        Which::EVERY
            .map(|which| (which.as_str().to_owned(), said(which)))
            .to_vec()
    });
    let chosen = Signal::derive(move || which.get().as_str().to_owned());
    let is_coming = memo(move |_| report.with(Option::is_none) && trouble.with(Option::is_none));
    view! {
        <div class="head">
            <h1>{words::TRACKER}</h1>
            <ActionViews />
            <span class="grow"></span>
            <Segments label=words::WHICH_ACTIONS of=segments chosen choose=move |key| ui.filter.set(key) />
        </div>
        <Problem words=trouble />
        <Show when=move || is_coming.get()>
            <Waiting />
        </Show>
        <Groups report which=which.into() />
    }
}

/// The report, read again a moment after every change of the plan.
fn follow_report(store: PlanStore) -> (RwSignal<Option<ActionsReport>>, RwSignal<Option<String>>) {
    let report = RwSignal::new(None);
    let trouble = RwSignal::new(None);
    let waiting = StoredValue::new(false);
    let read = move || {
        let plan = store.plan();
        spawn_local(async move {
            let answer = api::actions_report(plan).await;
            if waiting.is_disposed() {
                return; // the page has gone
            }
            match answer {
                Ok(new) => {
                    trouble.set(None);
                    // An older answer may come later than a newer one.
                    report.update(|old: &mut Option<ActionsReport>| {
                        if old.as_ref().is_none_or(|old| old.as_of_seq <= new.as_of_seq) {
                            *old = Some(new);
                        }
                    });
                }
                Err(error) => trouble.set(Some(error.words)),
            }
        });
    };
    effect_after(move |before: Option<()>| {
        store.head().track();
        if before.is_none() {
            read();
        } else if !waiting.get_value() {
            waiting.set_value(true);
            let then = move || {
                // What changes from here on may not be in the answer: it is asked for again.
                if waiting.try_set_value(false).is_none() {
                    read();
                }
            };
            set_timeout(then, REFRESH);
        }
    });
    (report, trouble)
}

#[component]
fn Groups(report: RwSignal<Option<ActionsReport>>, which: Signal<Which>) -> impl IntoView {
    let groups = memo(move |_| {
        report.with(|report| {
            let rows = report.as_ref().map(|report| report.rows.as_slice()).unwrap_or_default();
            by_owner(rows, which.get())
        })
    });
    let today = Signal::derive(move || {
        report.with(|report| {
            let said = report.as_ref().and_then(|report| value::parse_day(&report.today));
            said.unwrap_or_else(crate::browser::today)
        })
    });
    let is_here = move || report.with(Option::is_some);
    let ui = use_ui();
    view! {
        <For
            each=move || groups.get()
            key=|(owner, _)| *owner
            children=move |(owner, _)| {
                let rows = memo(move |_| {
                    groups
                        .with(|groups| {
                            groups.iter().find(|(other, _)| *other == owner).map(|(_, rows)| rows.clone())
                        })
                        .unwrap_or_default()
                });
                view! { <Group owner rows today /> }
            }
        />
        <Show when=move || is_here() && groups.with(Vec::is_empty)>
            <div class="card empty">
                <p>{move || words::no_actions(which.get().word())}</p>
                <p class="buttons">
                    <NextStep section=SectionId::Actions another=words::NEW_ACTION />
                    <Show when=move || which.get() != Which::All>
                        <button type="button" class="btn" on:click=move |_| show_all(ui)>
                            {words::SHOW_ALL}
                        </button>
                    </Show>
                </p>
            </div>
        </Show>
    }
}

/// The button goes away with its use: the page keeps the keyboard.
fn show_all(ui: UiState) {
    ui.filter.set(Which::All.as_str().to_owned());
    browser::mend_focus(&["#page"]);
}

#[component]
fn Group(
    owner: Option<PersonId>,
    #[prop(into)] rows: Signal<Vec<ActionRow>>,
    #[prop(into)] today: Signal<chrono::NaiveDate>,
) -> impl IntoView {
    let store = use_store();
    let name = owner.map_or_else(|| words::NOBODY.to_owned(), |owner| store.peek_name(owner));
    let key = |row: &ActionRow| (row.item, format!("{row:?}"));
    view! {
        <section class="owner">
            <h2>
                {owner.map(|person| view! { <Face person named=true /> })} {name}
                <span class="faint">{move || rows.with(Vec::len)}</span>
            </h2>
            <ul class="tracker">
                <For each=move || rows.get() key=key children=move |row| view! { <Row row today /> } />
            </ul>
        </section>
    }
}
