//! The action tracker: who does what until when, what slipped, done in place.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Cell, ItemId, PersonId, Scalar, SectionId, value};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use plan::Edit;

use super::next_step::NextStep;
use super::summary::ActionViews;
use crate::api::{self, ActionRow, ActionState, ActionsReport};
use crate::browser;
use crate::erased::{For, Show, effect, effect_after, memo, sort_by, sort_by_key};
use crate::format::day;
use crate::store::{PlanStore, use_store};
use crate::typing::settles;
use crate::ui::{UiState, toast_undo, use_ui};
use crate::views::{Face, Problem, Segments, Waiting};
use crate::when;
use crate::words;

/// How soon after a change the report is read again.
const REFRESH: Duration = Duration::from_millis(400);

/// Which actions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Open,
    Due,
    Overdue,
    Done,
}

impl Which {
    const EVERY: [Self; 5] = [Self::All, Self::Open, Self::Due, Self::Overdue, Self::Done];

    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Done => "done",
        }
    }

    /// Reads the page's filter; open ones when it says nothing.
    fn parse(text: &str) -> Self {
        Self::EVERY
            .into_iter()
            .find(|which| which.as_str() == text)
            .unwrap_or(Self::Open)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::All => words::ALL,
            Self::Open => words::OPEN,
            Self::Due => words::DUE,
            Self::Overdue => words::OVERDUE,
            Self::Done => words::DONE,
        }
    }

    /// Open takes in what is due and overdue: all that is still to do.
    const fn takes(self, state: ActionState) -> bool {
        match self {
            Self::All => true,
            Self::Open => matches!(state, ActionState::Open | ActionState::Due | ActionState::Overdue),
            Self::Due => matches!(state, ActionState::Due),
            Self::Overdue => matches!(state, ActionState::Overdue),
            Self::Done => matches!(state, ActionState::Done),
        }
    }
}

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

/// Rows by owner: those of whom most is overdue first, nobody's last.
fn by_owner(rows: &[ActionRow], which: Which) -> Vec<(Option<PersonId>, Vec<ActionRow>)> {
    let mut owners: BTreeMap<Option<PersonId>, Vec<ActionRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| which.takes(row.state)) {
        owners.entry(row.owner).or_default().push(row.clone());
    }
    let mut groups: Vec<_> = owners.into_iter().collect();
    for (_, rows) in &mut groups {
        sort_by(rows, |one, other| {
            let key = |row: &ActionRow| (row.due.is_none(), row.due.clone(), row.item);
            key(one).cmp(&key(other))
        });
    }
    let overdue = |rows: &[ActionRow]| rows.iter().filter(|row| row.state == ActionState::Overdue).count();
    sort_by_key(&mut groups, |(owner, rows)| {
        (owner.is_none(), std::cmp::Reverse(overdue(rows)))
    });
    groups
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

#[component]
fn Row(row: ActionRow, today: Signal<chrono::NaiveDate>) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let item = row.item;
    let finishing = RwSignal::new(false);
    let is_closed = memo(move |_| store.why_not(SectionId::Actions, "status").is_some());
    let title = StoredValue::new(words::named(row.title.as_deref().unwrap_or_default()).to_owned());
    let is_done = row.state == ActionState::Done;
    let tick = move |_| {
        if is_done {
            set_status(store, item, "in_progress", None);
        } else {
            finishing.update(|on| *on = !*on);
        }
    };
    view! {
        <li class="action" class:done=is_done>
            <input
                type="checkbox"
                aria-label=title.with_value(|title| words::mark_done(title))
                prop:checked=move || is_done || finishing.get()
                disabled=is_closed
                on:change=tick
            />
            <span class="what">
                <button type="button" class="link t" on:click=move |_| ui.open(SectionId::Actions, item)>
                    {title.get_value()}
                </button>
                {row.result.clone().map(|result| view! { <span class="muted small">{result}</span> })}
                <Show when=move || finishing.get()>
                    <Finish item title=title.get_value() finishing />
                </Show>
            </span>
            <Marks row today />
        </li>
    }
}

/// What came of it, asked where the action stands.
#[component]
fn Finish(item: ItemId, title: String, finishing: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
        }
    });
    // Whether it is done is the person's to say: nothing is made of the words but a question.
    settles(move |_| {
        input
            .get_untracked()
            .is_none_or(|input| input.value().trim().is_empty())
    });
    let finish = move |event: SubmitEvent| {
        event.prevent_default();
        let result = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        // What cannot be saved keeps its words in the form.
        if set_status(store, item, "done", Some(result.trim())) {
            // The row goes away with its form.
            browser::focus("#page");
            finishing.set(false);
        }
    };
    view! {
        <form class="finish" on:submit=finish>
            <input
                class="field"
                type="text"
                maxlength="300"
                aria-label=words::result_of(&title)
                placeholder=words::RESULT_HINT
                node_ref=input
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        finishing.set(false);
                    }
                }
            />
            <button type="submit" class="btn go">
                {words::DONE}
            </button>
        </form>
    }
}

/// Writes an action's status, and what came of it, with a message that takes both back.
/// Answers whether it did.
fn set_status(store: PlanStore, item: ItemId, status: &str, result: Option<&str>) -> bool {
    let status_cell = Cell::field(SectionId::Actions, item, "status");
    let result_cell = Cell::field(SectionId::Actions, item, "result");
    let mut edits = vec![Edit::Put {
        cell: status_cell.clone(),
        value: status.into(),
    }];
    let mut back = vec![back_to(store, status_cell)];
    if let Some(result) = result.filter(|result| !result.is_empty()) {
        back.push(back_to(store, result_cell.clone()));
        edits.push(Edit::Put {
            cell: result_cell,
            value: result.into(),
        });
    }
    let title = store.peek_title(SectionId::Actions, item);
    let is_made = store.edit(edits);
    if is_made {
        let words = if status == "done" {
            words::marked_done(&title)
        } else {
            words::marked_open(&title)
        };
        toast_undo(words, move || {
            store.edit(back.clone());
        });
    }
    is_made
}

/// The edit that writes what a cell holds now.
fn back_to(store: PlanStore, cell: Cell) -> Edit {
    match store.peek_value(&cell) {
        Some(value) => Edit::Put { cell, value },
        None => Edit::Clear { cell },
    }
}

/// What is to be said of an action: its date, that it slipped, that nobody has said yes.
#[component]
fn Marks(row: ActionRow, today: Signal<chrono::NaiveDate>) -> impl IntoView {
    let store = use_store();
    let due = row.due.as_deref().and_then(value::parse_day);
    let state = row.state;
    let date = move || {
        let today = today.get();
        match (state, due) {
            (ActionState::Done, _) => words::DONE.to_owned(),
            (ActionState::Deferred, _) => words::DEFERRED.to_owned(),
            (ActionState::Cancelled, _) => words::CANCELLED.to_owned(),
            (_, Some(due)) => when::due(due, today),
            (_, None) => words::NO_DATE.to_owned(),
        }
    };
    let class = match (state, due) {
        (ActionState::Done, _) => "chip good",
        (ActionState::Overdue, _) => "chip bad",
        (ActionState::Due, _) | (ActionState::Open, None) => "chip warn",
        (ActionState::Open, _) => "chip info",
        (ActionState::Deferred | ActionState::Cancelled, _) => "chip",
    };
    let is_open = Which::Open.takes(state);
    let is_mine = is_open && !row.committed && row.owner == Some(store.you());
    let may_commit = memo(move |_| is_mine && store.why_not(SectionId::Actions, "commitment").is_none());
    let lacks_word = is_open && !row.committed && row.owner.is_some();
    let is_unsaid = move || lacks_word && !may_commit.get();
    let (item, due_now) = (row.item, row.due.clone());
    let commit_label = words::of(words::COMMIT, &store.peek_title(SectionId::Actions, item));
    let commit = move |_| {
        // The button goes away with its use.
        browser::focus("#page");
        let you = store.you();
        store.edit(vec![Edit::Put {
            cell: Cell::own(SectionId::Actions, item, you, "commitment"),
            value: Scalar::Str(value::commitment(you, due_now.as_deref())),
        }]);
    };
    view! {
        <span class="marks">
            {slipped(&row)
                .map(|(count, how)| {
                    view! {
                        <span class="chip warn" title=how>
                            {words::slipped(count)}
                        </span>
                    }
                })}
            {move || is_unsaid().then(|| view! { <span class="chip">{words::NOT_COMMITTED}</span> })}
            <Show when=move || may_commit.get()>
                <button type="button" class="btn" aria-label=commit_label.clone() on:click=commit.clone()>
                    {words::COMMIT}
                </button>
            </Show>
            <span class=class>{date}</span>
        </span>
    }
}

/// How often the date moved, and how, in words; nothing when it never did.
fn slipped(row: &ActionRow) -> Option<(usize, String)> {
    let date = |text: &Option<String>| {
        text.as_deref()
            .and_then(value::parse_day)
            .map_or_else(|| words::NO_DATE.to_owned(), day::long)
    };
    let moves: Vec<String> = row
        .slipped
        .iter()
        .map(|slip| format!("{} {} {}", date(&slip.from), words::TO, date(&slip.to)))
        .collect();
    (!moves.is_empty()).then(|| (moves.len(), moves.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u128, owner: Option<u128>, state: ActionState, due: Option<&str>) -> ActionRow {
        ActionRow {
            item: ItemId(uuid::Uuid::from_u128(n)),
            title: None,
            owner: owner.map(|n| PersonId(uuid::Uuid::from_u128(n))),
            due: due.map(str::to_owned),
            state,
            result: None,
            targets: Vec::new(),
            done_at: None,
            done_by: None,
            slipped: Vec::new(),
            committed: false,
        }
    }

    #[test]
    fn open_takes_in_what_is_due_and_overdue() {
        assert!(Which::Open.takes(ActionState::Overdue));
        assert!(!Which::Open.takes(ActionState::Done));
        assert!(!Which::Due.takes(ActionState::Overdue));
    }

    #[test]
    fn a_filter_reads_back_and_shows_open_actions_when_it_says_nothing() {
        for which in Which::EVERY {
            assert_eq!(Which::parse(which.as_str()), which);
        }
        assert_eq!(Which::parse(""), Which::Open);
    }

    #[test]
    fn who_has_most_overdue_comes_first_and_nobody_last() {
        let rows = [
            row(1, None, ActionState::Overdue, Some("2026-01-01")),
            row(2, Some(8), ActionState::Open, None),
            row(3, Some(9), ActionState::Overdue, Some("2026-02-01")),
            row(4, Some(9), ActionState::Overdue, Some("2026-01-01")),
            row(5, Some(8), ActionState::Open, Some("2027-01-01")),
        ];
        let groups = by_owner(&rows, Which::Open);
        let items: Vec<Vec<u128>> = groups
            .iter()
            .map(|(_, rows)| rows.iter().map(|row| row.item.0.as_u128()).collect())
            .collect();
        assert_eq!(items, [vec![4, 3], vec![5, 2], vec![1]]);
    }
}
