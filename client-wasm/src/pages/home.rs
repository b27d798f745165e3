//! Home: every plan with what is open in it; make, rename, copy, put away.

mod naming;

use std::time::Duration;

use domain::{Money, PersonId, PlanId, Right, Role};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Element;

use crate::api::members::{self, Invitation};
use crate::api::{self, ApiError, Mail, Me, PlanSummary, poll};
use crate::app::use_session;
use crate::browser;
use crate::erased::{For, Show, memo, sort_by_key};
use crate::format::money;
use crate::frame::{PersonMenu, Toasts};
use crate::route::{PlanPlace, Route};
use crate::router::{Link, use_router};
use crate::ui::{toast, toast_undo};
use crate::views::{Columns, Logo, Problem, Segments};
use crate::when;
use crate::words;
pub(super) use naming::account_of_new;
use naming::{NameDialog, Naming};

use super::invitations::Invitations;

/// How often the list is read again while someone looks at it: others rename, archive and work.
const READ_EVERY: Duration = Duration::from_secs(10);

/// What the list says of a plan.
const COLUMNS: &[(&str, &str)] = &[
    (words::ACCOUNT, ""),
    (words::YOUR_ROLE, ""),
    (words::OPEN_AMOUNT, "num"),
    (words::OPEN_ACTIONS, "num"),
    (words::OVERDUE, "num"),
    (words::LAST_CHANGE, ""),
];

/// The plans, as read last.
#[derive(Clone, Copy)]
struct Plans {
    list: RwSignal<Option<Vec<PlanSummary>>>,
    people: RwSignal<Vec<Mail>>,
    /// What waits for my answer.
    invitations: RwSignal<Vec<Invitation>>,
    trouble: RwSignal<Option<String>>,
    session: crate::app::Session,
    /// What takes the keyboard when the list has been read, if what had it is gone from it.
    then_focus: StoredValue<Option<String>>,
    /// Whether I make plans: a guest of the workspace does not.
    is_maker: bool,
}

impl Plans {
    fn read(self) {
        spawn_local(async move {
            let (list, people) = (api::plans().await, api::people().await);
            match (list, people) {
                (Ok(list), Ok(people)) => {
                    // The page may have gone meanwhile.
                    let _ = self.people.try_set(people);
                    let _ = self.trouble.try_set(None);
                    if self.list.with_untracked(|before| before.as_ref() != Some(&list)) {
                        let _ = self.list.try_set(Some(list));
                    }
                    self.mend_focus();
                }
                (Err(error), _) | (_, Err(error)) => self.failed(error),
            }
        });
    }

    fn read_invitations(self) {
        spawn_local(async move {
            // Asked again with the plans: what went wrong is told there.
            if let Ok(list) = members::invitations().await
                && self.invitations.try_with_untracked(|before| *before != list) == Some(true)
            {
                self.invitations.set(list);
            }
        });
    }

    fn mend_focus(self) {
        let Some(selector) = self.then_focus.try_update_value(Option::take).flatten() else {
            return;
        };
        browser::after_paint(move || {
            if browser::is_focus_lost() {
                browser::focus_first(&[&selector, "#page"]);
            }
        });
    }

    fn failed(self, error: ApiError) {
        if error.is_signed_out() {
            self.session.ended();
        } else {
            let _ = self.trouble.try_set(Some(error.words));
        }
    }

    fn archive(self, plan: PlanId, name: String, archived: bool) {
        spawn_local(async move {
            match api::archive_plan(plan, archived).await {
                Ok(()) => {
                    let words = if archived {
                        words::archived(&name)
                    } else {
                        words::restored(&name)
                    };
                    toast_undo(words, move || self.archive(plan, name.clone(), !archived));
                    self.read();
                }
                Err(error) if error.is_signed_out() => self.failed(error),
                Err(error) => toast(error.words),
            }
        });
    }
}

/// The list of plans.
#[component]
pub(crate) fn Home(
    /// Who is signed in.
    me: Me,
) -> impl IntoView {
    let plans = Plans {
        list: RwSignal::new(None),
        people: RwSignal::new(Vec::new()),
        invitations: RwSignal::new(Vec::new()),
        trouble: RwSignal::new(None),
        session: use_session(),
        then_focus: StoredValue::new(None),
        is_maker: !me.guest,
    };
    let read = move || {
        plans.read();
        plans.read_invitations();
    };
    read();
    // The server tells a page of plans nothing by itself.
    poll::while_looked_at(READ_EVERY, read);
    browser::mend_focus(&["#page"]);
    browser::set_title(words::APP);
    let archived = RwSignal::new(false);
    let naming = RwSignal::new(None::<Naming>);
    let named = move |plan: PlanId| {
        plans.then_focus.set_value(Some(row_selector(plan)));
        plans.read();
    };
    let notices = me
        .notices
        .iter()
        .map(|notice| view! { <p class="card">{notice.clone()}</p> });
    let notices = notices.collect_view();
    view! {
        <div class="home">
            <header class="bar">
                <Logo />
                <span class="crumb">
                    <b>{words::APP}</b>
                </span>
                <span class="grow"></span>
                <PersonMenu me />
            </header>
            <main class="page" id="page" tabindex="-1">
                {notices}
                <Invitations list=plans.invitations answered=Callback::new(move |_| read()) />
                <Head plans archived naming />
                <Problem words=plans.trouble />
                <List plans archived naming />
            </main>
            <NameDialog naming done=named />
            <Toasts />
        </div>
    }
}

#[component]
fn Head(plans: Plans, archived: RwSignal<bool>, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let count = move |archived: bool| {
        plans.list.with(|list| {
            let list = list.as_deref().unwrap_or_default();
            list.iter().filter(|plan| plan.archived == archived).count()
        })
    };
    let segments = Signal::derive(move || {
        vec![
            ("active".to_owned(), words::with_count(words::ACTIVE, count(false))),
            ("archived".to_owned(), words::with_count(words::ARCHIVED, count(true))),
        ]
    });
    let chosen = Signal::derive(move || if archived.get() { "archived" } else { "active" }.to_owned());
    view! {
        <div class="head">
            <h1>{words::PLANS}</h1>
            <span class="muted">{move || overdue_words(plans.list)}</span>
            <span class="grow"></span>
            <Show when=move || { count(true) > 0 }>
                <Segments
                    label=words::WHICH_PLANS
                    of=segments
                    chosen
                    choose=move |key| archived.set(key == "archived")
                />
            </Show>
            {plans
                .is_maker
                .then(|| {
                    view! {
                        <button type="button" class="btn go" on:click=move |_| naming.set(Some(Naming::New))>
                            {words::NEW_PLAN}
                        </button>
                    }
                })}
        </div>
    }
}

fn overdue_words(list: RwSignal<Option<Vec<PlanSummary>>>) -> String {
    list.with(|list| {
        let plans = list.as_deref().unwrap_or_default();
        let overdue = plans
            .iter()
            .filter(|plan| !plan.archived)
            .map(|plan| plan.overdue_actions)
            .sum();
        words::overdue_in_all(overdue)
    })
}

#[component]
fn List(plans: Plans, archived: RwSignal<bool>, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let shown = memo(move |_| {
        let mut shown: Vec<PlanSummary> = plans.list.with(|list| {
            let list = list.as_deref().unwrap_or_default();
            list.iter()
                .filter(|plan| plan.archived == archived.get())
                .cloned()
                .collect()
        });
        sort_by_key(&mut shown, |plan| plan.name.to_lowercase());
        shown
    });
    let is_read = move || plans.list.with(Option::is_some);
    let has_any = memo(move |_| shown.with(|shown| !shown.is_empty()));
    view! {
        <Show when=move || has_any.get()>
            <div class="table-scroll">
                <table class="table plans stacks">
                    <Columns of=COLUMNS />
                    <tbody>
                        <For
                            each=move || shown.get()
                            key=|plan| plan.id
                            children=move |plan| {
                                let id = plan.id;
                                let now = memo(move |before: Option<&PlanSummary>| {
                                    let now = shown.with(|shown| shown.iter().find(|one| one.id == id).cloned());
                                    // A row that is about to go shows what it showed.
                                    now.or_else(|| before.cloned()).unwrap_or_else(|| plan.clone())
                                });
                                view! { <PlanRow plan=now plans naming /> }
                            }
                        />
                    </tbody>
                </table>
            </div>
        </Show>
        <Show when=move || is_read() && !has_any.get()>
            <Empty archived naming is_maker=plans.is_maker />
        </Show>
        <Show when=move || !is_read() && plans.trouble.with(Option::is_none)>
            <div class="skeleton" aria-hidden="true">
                {(0..6).map(|_| view! { <i></i> }).collect_view()}
            </div>
        </Show>
    }
}

#[component]
fn Empty(archived: RwSignal<bool>, naming: RwSignal<Option<Naming>>, is_maker: bool) -> impl IntoView {
    view! {
        <div class="card empty">
            {move || {
                if archived.get() {
                    view! { <p>{words::NOTHING_ARCHIVED}</p> }.into_any()
                } else if !is_maker {
                    view! {
                        <h2>{words::NO_PLANS}</h2>
                        <p class="muted">{words::GUESTS_WAIT}</p>
                    }
                        .into_any()
                } else {
                    view! {
                        <h2>{words::NO_PLANS}</h2>
                        <p class="muted">{words::NO_PLANS_HINT}</p>
                        <button type="button" class="btn go" on:click=move |_| naming.set(Some(Naming::New))>
                            {words::FIRST_PLAN}
                        </button>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// What takes the keyboard in a plan's row.
fn row_selector(plan: PlanId) -> String {
    format!("tr[data-plan=\"{plan}\"] a, tr[data-plan=\"{plan}\"] button")
}

/// A plan: its row stays the same element whatever changes in it, so that the keyboard stays where it is.
#[component]
fn PlanRow(plan: Memo<PlanSummary>, plans: Plans, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let router = use_router();
    let PlanSummary { id, archived, .. } = plan.get_untracked();
    let to = Route::Plan {
        plan: id,
        place: PlanPlace::default(),
    };
    // The whole row leads to the plan; its link is what the keyboard and a screen reader find.
    let open = {
        let to = to.clone();
        move |_| router.go(to.clone())
    };
    let name = move || plan.with(|plan| plan.name.clone());
    let named = if archived {
        view! { <span class="t muted">{name}</span> }.into_any()
    } else {
        view! {
            <Link to class="t">
                {name}
            </Link>
        }
        .into_any()
    };
    view! {
        <tr class="opens" data-plan=id.to_string()>
            <th scope="row" on:click=open.clone()>
                {named}
            </th>
            <td class="muted" on:click=open.clone()>
                {move || plan.with(|plan| plan.role.map(Role::label))}
            </td>
            <td class="num" on:click=open.clone()>
                {move || plan.with(amounts)}
            </td>
            <td class="num" data-label=words::OPEN_ACTIONS on:click=open.clone()>
                {move || plan.with(|plan| plan.open_actions)}
            </td>
            <td
                class="num"
                data-label=words::OVERDUE
                class:bad-text=move || plan.with(|plan| plan.overdue_actions != 0)
                on:click=open.clone()
            >
                {move || plan.with(|plan| plan.overdue_actions)}
            </td>
            <td class="muted" on:click=open>
                {move || plan.with(|plan| changed(plan, plans.people))}
            </td>
            <td class="buttons">
                <RowButtons plan plans naming />
            </td>
        </tr>
    }
}

fn amounts(plan: &PlanSummary) -> String {
    let amounts = plan.open_amount.iter();
    let amounts = amounts.filter_map(|(currency, minor)| format!("{minor} {currency}").parse::<Money>().ok());
    amounts.map(money::short).collect::<Vec<_>>().join(", ")
}

/// Who changed the plan last, and how long ago.
fn changed(plan: &PlanSummary, people: RwSignal<Vec<Mail>>) -> Option<String> {
    let change = plan.last_change.as_ref()?;
    let days = when::days_ago(browser::local(change.at).date(), browser::today());
    Some(format!("{days}, {}", name_of(people, change.by)))
}

fn name_of(people: RwSignal<Vec<Mail>>, by: PersonId) -> String {
    people.with(|people| {
        let known = people.iter().find(|person| person.id == by);
        known.map_or_else(|| words::THE_SERVER.to_owned(), |person| person.name.clone())
    })
}

#[component]
fn RowButtons(plan: Memo<PlanSummary>, plans: Plans, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let PlanSummary { id, archived, .. } = plan.get_untracked();
    let name = move || plan.with(|plan| plan.name.clone());
    let button = move |word: &'static str, act: fn(PlanId, String) -> Naming| {
        view! {
            <button
                type="button"
                class="btn quiet"
                aria-label=move || words::of(word, &name())
                on:click=move |_| naming.set(Some(act(id, untrack(name))))
            >
                {word}
            </button>
        }
    };
    let word = if archived { words::RESTORE } else { words::ARCHIVE };
    let put_away = move |event: MouseEvent| {
        plans.then_focus.set_value(neighbour(&event));
        plans.archive(id, untrack(name), !archived);
    };
    let may = move |right: Right| memo(move |_| plan.with(|plan| plan.may(right)));
    let (renames, archives) = (may(Right::Rename), may(Right::Archive));
    view! {
        <Show when=move || renames.get()>
            {(!archived).then(|| button(words::RENAME, |plan, name| Naming::Rename { plan, name }))}
            {plans.is_maker.then(|| button(words::DUPLICATE, |plan, name| Naming::Duplicate { plan, name }))}
        </Show>
        <Show when=move || archives.get()>
            <button
                type="button"
                class="btn quiet"
                aria-label=move || words::of(word, &name())
                on:click=put_away
            >
                {word}
            </button>
        </Show>
    }
}

/// The row beside the one with the pressed button, which goes away with its use.
fn neighbour(event: &MouseEvent) -> Option<String> {
    let row = event_target::<Element>(event).closest("tr").ok().flatten()?;
    let beside = row.next_element_sibling().or_else(|| row.previous_element_sibling())?;
    Some(row_selector(beside.get_attribute("data-plan")?.parse().ok()?))
}
