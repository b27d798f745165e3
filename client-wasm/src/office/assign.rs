//! Saying who owes a plan, until when, and whose managers look after it.

use domain::value::parse_day;
use domain::{PersonId, PlanId};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::asked::Asked;
use crate::api::ApiError;
use crate::api::assignments::{self, Assignment};
use crate::api::workspace::{self, Team};
use crate::erased::effect;
use crate::format::day;
use crate::views::{Dialog, FormEnd, Problem};
use crate::words;

/// People to choose from, by name.
pub(super) type Names = Vec<(PersonId, String)>;

/// What the dialog is about.
#[derive(Clone, PartialEq)]
pub(super) struct Duty {
    /// The plan.
    pub(super) plan: PlanId,
    /// Its name, where the page does not say it.
    pub(super) name: Option<String>,
    /// Who owes it now.
    pub(super) now: Option<Assignment>,
}

/// An assignment in words: who, until when.
pub(super) fn owed_by(name: &str, assignment: &Assignment) -> String {
    let due = assignment.due.as_deref().and_then(parse_day);
    words::owed_by(name, due.map(day::long).as_deref())
}

/// The dialog, open while there is something to assign.
#[component]
pub(super) fn AssignDialog(
    duty: RwSignal<Option<Duty>>,
    /// Who may be chosen.
    #[prop(into)]
    people: Signal<Names>,
    /// Called when it is done.
    done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    effect(move || {
        if duty.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() && duty.with_untracked(Option::is_some) {
            duty.set(None);
        }
    });
    let label = Signal::derive(move || {
        let name = duty.with(|duty| duty.as_ref().and_then(|duty| duty.name.clone()));
        words::assign_title(name.as_deref())
    });
    view! {
        <Dialog open label>
            {move || duty.get().map(|duty| view! { <AssignForm duty open people done /> })}
        </Dialog>
    }
}

#[component]
fn AssignForm(duty: Duty, open: RwSignal<bool>, people: Signal<Names>, done: Callback<()>) -> impl IntoView {
    let Duty { plan, now, .. } = duty;
    let teams = Asked::new(|| Box::pin(workspace::teams()));
    let to = RwSignal::new(now.as_ref().map(|now| now.to));
    let team = RwSignal::new(now.as_ref().and_then(|now| now.team.clone()));
    let due = NodeRef::<html::Input>::new();
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let ended = move |answer: Result<(), ApiError>| {
        let _ = busy.try_set(false);
        match answer {
            Ok(()) => {
                // The page may have gone meanwhile.
                let _ = open.try_set(false);
                done.run(());
            }
            Err(error) => drop(trouble.try_set(Some(error.words))),
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(to) = to.get_untracked() else {
            trouble.set(Some(words::OWNER_MISSING.to_owned()));
            return;
        };
        let due = due.get_untracked().map(|due| due.value()).filter(|due| !due.is_empty());
        let wanted = Assignment {
            to,
            team: team.get_untracked(),
            due,
        };
        busy.set(true);
        spawn_local(async move { ended(assignments::assign(plan, &wanted).await) });
    };
    let nobody = move |_| {
        busy.set(true);
        spawn_local(async move { ended(assignments::unassign(plan).await) });
    };
    let is_owed = now.is_some();
    view! {
        <form class="name-form" on:submit=submit>
            <label for="assign-to">{words::OWED_BY}</label>
            <PersonSelect people to />
            <label for="assign-due">{words::UNTIL}</label>
            <input class="field" id="assign-due" type="date" value=now.and_then(|now| now.due) node_ref=due />
            <label for="assign-team">{words::LOOKED_AFTER}</label>
            <TeamSelect teams team />
            <p class="muted small">{words::LOOKED_AFTER_HINT}</p>
            <Problem words=trouble />
            <FormEnd word=words::ASSIGN closed=busy open>
                {is_owed
                    .then(|| {
                        view! {
                            <button type="button" class="btn" disabled=busy on:click=nobody>
                                {words::NOBODY_OWES}
                            </button>
                        }
                    })}
            </FormEnd>
        </form>
    }
}

#[component]
fn PersonSelect(people: Signal<Names>, to: RwSignal<Option<PersonId>>) -> impl IntoView {
    let options = move || {
        let chosen = to.get_untracked();
        let option = |(id, name): (PersonId, String)| {
            view! {
                <option value=id.to_string() selected=chosen == Some(id)>
                    {name}
                </option>
            }
        };
        people.get().into_iter().map(option).collect_view()
    };
    view! {
        <select
            class="field select"
            id="assign-to"
            on:change=move |event| to.set(event_target_value(&event).parse().ok())
        >
            <option value="">{words::CHOOSE_PERSON}</option>
            {options}
        </select>
    }
}

#[component]
fn TeamSelect(teams: Asked<Vec<Team>>, team: RwSignal<Option<String>>) -> impl IntoView {
    let options = move || {
        let chosen = team.get_untracked();
        let mut known = teams.answer.get().unwrap_or_default();
        // A team that I am not in is told by its id only: what is chosen stays chosen.
        if let Some(other) = chosen
            .as_ref()
            .filter(|other| !known.iter().any(|team| team.id == **other))
        {
            known.push(Team {
                id: other.clone(),
                name: words::ANOTHER_TEAM.to_owned(),
                members: Vec::new(),
            });
        }
        let option = |one: Team| {
            let is_chosen = chosen.as_deref() == Some(one.id.as_str());
            view! {
                <option value=one.id selected=is_chosen>
                    {one.name}
                </option>
            }
        };
        known.into_iter().map(option).collect_view()
    };
    let choose = move |event| {
        let id = event_target_value(&event);
        team.set((!id.is_empty()).then_some(id));
    };
    view! {
        <select class="field select" id="assign-team" on:change=choose>
            <option value="">{words::NO_TEAM}</option>
            {options}
        </select>
    }
}
