//! Home: every plan with what is open in it; make, rename, copy, put away.

mod naming;

use domain::{Money, PersonId, PlanId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError, Mail, Me, PlanSummary};
use crate::app::use_session;
use crate::browser;
use crate::erased::{For, Show, memo, sort_by_key};
use crate::format::money;
use crate::frame::{PersonMenu, Toasts};
use crate::route::{PlanPlace, Route};
use crate::router::{Link, use_router};
use crate::ui::{toast, toast_undo};
use crate::views::{Logo, Problem, Segments};
use crate::when;
use crate::words;
use naming::{NameDialog, Naming};

/// The plans, as read last.
#[derive(Clone, Copy)]
struct Plans {
    list: RwSignal<Option<Vec<PlanSummary>>>,
    people: RwSignal<Vec<Mail>>,
    trouble: RwSignal<Option<String>>,
    session: crate::app::Session,
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
                    let _ = self.list.try_set(Some(list));
                }
                (Err(error), _) | (_, Err(error)) => self.failed(error),
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
        trouble: RwSignal::new(None),
        session: use_session(),
    };
    plans.read();
    browser::set_title(words::APP);
    let archived = RwSignal::new(false);
    let naming = RwSignal::new(None::<Naming>);
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
                <Head plans archived naming />
                <Problem words=plans.trouble />
                <List plans archived naming />
            </main>
            <NameDialog naming done=move || plans.read() />
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
            <button type="button" class="btn go" on:click=move |_| naming.set(Some(Naming::New))>
                {words::NEW_PLAN}
            </button>
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
                <table class="table plans">
                    <thead>
                        <tr>
                            <th scope="col">{words::ACCOUNT}</th>
                            <th scope="col" class="num">
                                {words::OPEN_AMOUNT}
                            </th>
                            <th scope="col" class="num">
                                {words::OPEN_ACTIONS}
                            </th>
                            <th scope="col" class="num">
                                {words::OVERDUE}
                            </th>
                            <th scope="col">{words::LAST_CHANGE}</th>
                            <th scope="col">
                                <span class="sr">{words::WHAT_TO_DO}</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=move || shown.get()
                            key=|plan| format!("{plan:?}")
                            children=move |plan| view! { <PlanRow plan plans naming /> }
                        />
                    </tbody>
                </table>
            </div>
        </Show>
        <Show when=move || is_read() && !has_any.get()>
            <Empty archived naming />
        </Show>
        <Show when=move || !is_read() && plans.trouble.with(Option::is_none)>
            <div class="skeleton" aria-hidden="true">
                {(0..6).map(|_| view! { <i></i> }).collect_view()}
            </div>
        </Show>
    }
}

#[component]
fn Empty(archived: RwSignal<bool>, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    view! {
        <div class="card empty">
            {move || {
                if archived.get() {
                    view! { <p>{words::NOTHING_ARCHIVED}</p> }.into_any()
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

#[component]
fn PlanRow(plan: PlanSummary, plans: Plans, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let router = use_router();
    let id = plan.id;
    let to = Route::Plan {
        plan: id,
        place: PlanPlace::default(),
    };
    let amounts: Vec<String> = plan
        .open_amount
        .iter()
        .filter_map(|(currency, minor)| format!("{minor} {currency}").parse::<Money>().ok())
        .map(money::short)
        .collect();
    let changed = plan.last_change.map(|change| {
        let days = when::days_ago(browser::local(change.at).date(), browser::today());
        (days, change.by)
    });
    let name = plan.name.clone();
    let is_archived = plan.archived;
    let overdue = plan.overdue_actions;
    // The whole row leads to the plan; its link is what the keyboard and a screen reader find.
    let open = {
        let to = to.clone();
        move |_| router.go(to.clone())
    };
    view! {
        <tr class="opens">
            <th scope="row" on:click=open.clone()>
                {if is_archived {
                    view! { <span class="t muted">{plan.name.clone()}</span> }.into_any()
                } else {
                    view! {
                        <Link to class="t">
                            {plan.name.clone()}
                        </Link>
                    }
                        .into_any()
                }}
            </th>
            <td class="num" on:click=open.clone()>
                {amounts.join(", ")}
            </td>
            <td class="num" on:click=open.clone()>
                {plan.open_actions}
            </td>
            <td class="num" class:bad-text=overdue != 0 on:click=open.clone()>
                {overdue}
            </td>
            <td class="muted" on:click=open>
                {changed.map(|(days, by)| view! { <span>{days} ", " {move || name_of(plans.people, by)}</span> })}
            </td>
            <td class="buttons">
                <RowButtons plan=id name archived=is_archived plans naming />
            </td>
        </tr>
    }
}

fn name_of(people: RwSignal<Vec<Mail>>, by: PersonId) -> String {
    people.with(|people| {
        let known = people.iter().find(|person| person.id == by);
        known.map_or_else(|| words::THE_SERVER.to_owned(), |person| person.name.clone())
    })
}

#[component]
fn RowButtons(
    plan: PlanId,
    name: String,
    archived: bool,
    plans: Plans,
    naming: RwSignal<Option<Naming>>,
) -> impl IntoView {
    let name = StoredValue::new(name);
    let put_away = move |_| plans.archive(plan, name.get_value(), !archived);
    let word = if archived { words::RESTORE } else { words::ARCHIVE };
    view! {
        {(!archived)
            .then(|| {
                view! {
                    <button
                        type="button"
                        class="btn quiet"
                        aria-label=words::of(words::RENAME, &name.get_value())
                        on:click=move |_| {
                            naming
                                .set(
                                    Some(Naming::Rename {
                                        plan,
                                        name: name.get_value(),
                                    }),
                                );
                        }
                    >
                        {words::RENAME}
                    </button>
                }
            })}
        <button
            type="button"
            class="btn quiet"
            aria-label=words::of(words::DUPLICATE, &name.get_value())
            on:click=move |_| {
                naming
                    .set(
                        Some(Naming::Duplicate {
                            plan,
                            name: name.get_value(),
                        }),
                    );
            }
        >
            {words::DUPLICATE}
        </button>
        <button
            type="button"
            class="btn quiet"
            aria-label=words::of(word, &name.get_value())
            on:click=put_away
        >
            {word}
        </button>
    }
}
