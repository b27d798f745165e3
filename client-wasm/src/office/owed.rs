//! Who owes the plan, beside its team.

use domain::{PlanId, Role};
use leptos::prelude::*;

use super::asked::Asked;
use super::assign::{AssignDialog, Duty, Names, owed_by};
use crate::api::assignments;
use crate::api::members::Members;
use crate::api::workspace;
use crate::api::{self, Mail};
use crate::erased::{Show, memo, sort_by_key};
use crate::words;

/// The card.
#[component]
pub(super) fn Owed(plan: PlanId, team: Asked<Members>, may_manage: Memo<bool>) -> impl IntoView {
    let asked = Asked::new(move || Box::pin(assignments::assignment(plan)));
    let people = Asked::new(|| Box::pin(api::people()));
    let teams = Asked::new(|| Box::pin(workspace::teams()));
    let duty = RwSignal::new(None::<Duty>);
    let now = memo(move |_| asked.answer.get().flatten());
    let said = move || {
        let Some(now) = now.get() else {
            return view! { <span class="chip warn">{words::NOBODY_OWES_IT}</span> }.into_any();
        };
        let name = people.answer.with(|people| {
            let known = people.iter().flatten().find(|person| person.id == now.to);
            known.map_or_else(|| words::SOMEONE.to_owned(), |person| person.name.clone())
        });
        let by = now.team.clone().map(|id| {
            let name = teams.answer.with(|teams| {
                let known = teams.iter().flatten().find(|team| team.id == id);
                known.map(|team| team.name.clone())
            });
            view! { <p class="muted small">{words::looked_after_by(name.as_deref())}</p> }
        });
        view! {
            <p>{owed_by(&name, &now)}</p>
            {by}
        }
        .into_any()
    };
    let choice = Signal::derive(move || {
        let everyone = people.answer.get().unwrap_or_default();
        team.answer
            .with(|team| team.as_ref().map(|team| readers(team, &everyone)).unwrap_or_default())
    });
    let assign = move |_| {
        duty.set(Some(Duty {
            plan,
            name: None,
            now: now.get_untracked(),
        }));
    };
    view! {
        <section class="card owed" aria-label=words::OWED>
            <div class="head">
                <h2>{words::OWED}</h2>
                <span class="grow"></span>
                <Show when=move || may_manage.get() && asked.answer.with(Option::is_some)>
                    <button type="button" class="btn quiet small" on:click=assign>
                        {words::ASSIGN}
                    </button>
                </Show>
            </div>
            <Show when=move || asked.answer.with(Option::is_some)>{said}</Show>
        </section>
        <AssignDialog duty people=choice done=Callback::new(move |()| asked.again()) />
    }
}

/// Who reads the plan: those who are named in it, and all others where everyone does.
fn readers(team: &Members, everyone: &[Mail]) -> Names {
    let members = team
        .members
        .iter()
        .filter(|one| one.active && one.role != Role::CustomerContact);
    let mut names: Names = members.map(|one| (one.person, one.name.clone())).collect();
    if team.everyone.is_some() {
        let others = everyone
            .iter()
            .filter(|one| !team.members.iter().any(|member| member.person == one.id));
        names.extend(others.map(|one| (one.id, one.name.clone())));
    }
    sort_by_key(&mut names, |(_, name)| name.to_lowercase());
    names
}
