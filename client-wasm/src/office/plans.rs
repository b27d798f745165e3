//! All plans of the workspace, for its administrators: who owes each, and who owns one that nobody owns any more.

use domain::{PersonId, Role};
use leptos::prelude::*;

use super::asked::Asked;
use super::assign::{AssignDialog, Duty, Names, owed_by};
use crate::api::assignments::ManagedPlan;
use crate::api::members;
use crate::api::workspace::Account;
use crate::erased::{For, Show, memo};
use crate::views::Columns;
use crate::words;

/// What the table says of a plan.
const COLUMNS: &[(&str, &str)] = &[
    (words::ACCOUNT, ""),
    (Role::ClientExecutive.label(), ""),
    (words::OWED, ""),
];

/// The table.
#[component]
pub(super) fn Plans(asked: Asked<Vec<ManagedPlan>>, people: Asked<Vec<Account>>) -> impl IntoView {
    let duty = RwSignal::new(None::<Duty>);
    let names = memo(move |_| active(people));
    let rows = move || {
        let refused = asked.refused.get();
        let plans = asked.answer.get().unwrap_or_default();
        let plans = plans.into_iter().filter(|plan| !plan.archived);
        plans.map(move |plan| (refused, plan)).collect::<Vec<_>>()
    };
    view! {
        <h2 class="over-table">{words::PLANS}</h2>
        <p class="muted small">{words::ALL_PLANS_HINT}</p>
        <table class="table stacks plan-duties">
            <caption class="sr">{words::PLANS}</caption>
            <Columns of=COLUMNS />
            <tbody>
                <For
                    each=rows
                    key=|one| format!("{one:?}")
                    children=move |(_, plan)| view! { <Row asked plan names duty /> }
                />
            </tbody>
        </table>
        <Show when=move || asked.trouble.with(Option::is_some)>
            <p class="bad-text" role="alert">{move || asked.trouble.get()}</p>
        </Show>
        <AssignDialog duty people=names done=Callback::new(move |()| asked.again()) />
    }
}

fn active(people: Asked<Vec<Account>>) -> Names {
    people.answer.with(|people| {
        let active = people.iter().flatten().filter(|one| one.active);
        active.map(|one| (one.id, one.name.clone())).collect()
    })
}

#[component]
fn Row(
    asked: Asked<Vec<ManagedPlan>>,
    plan: ManagedPlan,
    names: Memo<Names>,
    duty: RwSignal<Option<Duty>>,
) -> impl IntoView {
    let ManagedPlan {
        id,
        name,
        executives,
        assignment,
        ..
    } = plan;
    let name_of = move |person: PersonId| {
        names.with(|names| {
            let known = names.iter().find(|(id, _)| *id == person);
            known.map_or_else(|| words::SOMEONE.to_owned(), |(_, name)| name.clone())
        })
    };
    let has_none = executives.is_empty();
    let executives = move || executives.iter().map(|id| name_of(*id)).collect::<Vec<_>>().join(", ");
    let owed = {
        let assignment = assignment.clone();
        move || assignment.as_ref().map(|now| owed_by(&name_of(now.to), now))
    };
    let (of, label) = (name.clone(), words::of(words::ASSIGN, &name));
    let assign = move |_| {
        duty.set(Some(Duty {
            plan: id,
            name: Some(of.clone()),
            now: assignment.clone(),
        }));
    };
    let owner = {
        let label = words::name_owner(&name);
        move || {
            view! { <OwnerSelect label=label.clone() names chosen=Callback::new(move |person| {
                asked.change(members::give_role(id, person, Role::ClientExecutive));
            }) /> }
        }
    };
    view! {
        <tr>
            <th scope="row">
                <span class="t">{name}</span>
            </th>
            <td class="wraps" data-label=Role::ClientExecutive.label()>
                {executives}
                {has_none.then(owner)}
            </td>
            <td class="wraps" data-label=words::OWED>{owed}</td>
            <td class="buttons">
                <button type="button" class="btn quiet small" aria-label=label on:click=assign>
                    {words::ASSIGN}
                </button>
            </td>
        </tr>
    }
}

/// Names who owns a plan that nobody owns any more.
#[component]
fn OwnerSelect(label: String, names: Memo<Names>, chosen: Callback<PersonId>) -> impl IntoView {
    let option = |(id, name): (PersonId, String)| view! { <option value=id.to_string()>{name}</option> };
    let choose = move |event| {
        if let Ok(person) = event_target_value(&event).parse() {
            chosen.run(person);
        }
    };
    view! {
        <select class="field select" aria-label=label on:change=choose>
            <option value="">{words::NAME_OWNER}</option>
            {move || names.get().into_iter().map(option).collect_view()}
        </select>
    }
}
