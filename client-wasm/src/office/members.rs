//! Who takes part in a plan, and as what; who was invited; whether the team has the people that a session wants.

use domain::{PersonId, PlanId, Right, Role};
use leptos::prelude::*;

use super::asked::Asked;
use super::audit::OfPlan;
use super::builder::{Fit, Shape, fit, too_many, usual};
use super::invite::InviteDialog;
use super::owed::Owed;
use crate::api::Me;
use crate::api::members::{self, Invited, Member, Members, Reply, Via};
use crate::erased::{For, Show, memo};
use crate::store::initials;
use crate::views::{Columns, EveryoneSelect, Problem, Waiting};
use crate::words;

/// What the pieces of the page work with.
#[derive(Clone, Copy)]
struct Here {
    plan: PlanId,
    you: PersonId,
    asked: Asked<Members>,
    /// Whether I invite people and give roles.
    may_manage: Memo<bool>,
    /// Whether I make and unmake client executives.
    is_executive: Memo<bool>,
}

/// The team of a plan.
#[component]
pub(super) fn MembersPage(plan: PlanId, me: Me) -> impl IntoView {
    let asked = Asked::new(move || Box::pin(members::members(plan)));
    let my_role = memo(move |_| asked.answer.with(|answer| answer.as_ref().and_then(|team| team.you)));
    let here = Here {
        plan,
        you: me.id,
        asked,
        may_manage: memo(move |_| my_role.get().is_some_and(|role| role.may(Right::ManageMembers))),
        is_executive: memo(move |_| my_role.get() == Some(Role::ClientExecutive)),
    };
    let may_audit = memo(move |_| my_role.get().is_some_and(|role| role.may(Right::ReadAudit)));
    let inviting = RwSignal::new(false);
    let is_read = move || asked.answer.with(Option::is_some);
    let roles = memo(move |_| {
        asked
            .answer
            .with(|answer| answer.as_ref().map(all_roles).unwrap_or_default())
    });
    view! {
        <div class="head">
            <h1>{words::TEAM}</h1>
            <span class="muted">{move || words::people_in_team(roles.with(Vec::len))}</span>
            <Show when=move || is_read() && !here.may_manage.get()>
                <span class="chip plain read-only">{words::TEAM_READ_ONLY}</span>
            </Show>
            <span class="grow"></span>
            <Show when=move || here.may_manage.get()>
                <button type="button" class="btn go" on:click=move |_| inviting.set(true)>
                    {words::INVITE}
                </button>
            </Show>
        </div>
        <Problem words=asked.trouble />
        <Show when=move || !is_read() && asked.trouble.with(Option::is_none)>
            <Waiting />
        </Show>
        <Show when=is_read>
            <div class="team">
                <div>
                    <MembersTable here />
                    <Everyone here />
                    <Invitations here />
                </div>
                <div class="beside">
                    <Owed plan team=asked may_manage=here.may_manage />
                    <Builder roles />
                    <Show when=move || may_audit.get()>
                        <OfPlan plan />
                    </Show>
                </div>
            </div>
        </Show>
        <InviteDialog plan open=inviting asked is_executive=here.is_executive makes_guests=!me.administrator />
    }
}

/// The roles of all who take part or are about to.
fn all_roles(team: &Members) -> Vec<Role> {
    let members = team
        .members
        .iter()
        .filter(|member| member.active)
        .map(|member| member.role);
    let invited = team
        .invitations
        .iter()
        .filter(|one| one.reply.is_none())
        .map(|one| one.role);
    members
        .chain(invited)
        .filter(|role| *role != Role::CustomerContact)
        .collect()
}

#[component]
fn MembersTable(here: Here) -> impl IntoView {
    let rows = move || {
        let refused = here.asked.refused.get();
        let members = here
            .asked
            .answer
            .with(|answer| answer.as_ref().map(|team| team.members.clone()).unwrap_or_default());
        members.into_iter().map(move |member| (refused, member))
    };
    view! {
        <div class="table-scroll">
            <table class="table members stacks">
                <caption class="sr">{words::TEAM}</caption>
                <Columns of=&[(words::PERSON, ""), (words::ROLE, "")] />
                <tbody>
                    <For
                        each=rows
                        key=|member| format!("{member:?}")
                        children=move |(_, member)| view! { <MemberRow here member /> }
                    />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn MemberRow(here: Here, member: Member) -> impl IntoView {
    let Member {
        person,
        name,
        email,
        role,
        via,
        active,
    } = member;
    let is_mine = here.you == person;
    // Whoever manages the team that the plan is assigned to has the role from there; only an executive unmakes one.
    let may_change = memo(move |_| {
        here.may_manage.get() && via == Via::Member && (role != Role::ClientExecutive || here.is_executive.get())
    });
    let named = StoredValue::new(name.clone());
    let chosen = Callback::new(move |role: Option<Role>| {
        if let Some(role) = role {
            here.asked
                .from(format!("tr[data-person=\"{person}\"] select"))
                .change(members::give_role(here.plan, person, role));
        }
    });
    let remove = move |_| {
        let everyone = here
            .asked
            .answer
            .with_untracked(|answer| answer.as_ref().and_then(|team| team.everyone));
        let question = named.with_value(|name| words::remove_from_team(name, is_mine, everyone));
        if crate::browser::confirm(&question) {
            here.asked
                .from(".members select".to_owned())
                .change(members::take_role(here.plan, person));
        }
    };
    view! {
        <tr data-person=person.to_string()>
            <th scope="row">
                <Who name=name email />
                {marks(is_mine, active)}
            </th>
            <td>
                <Show
                    when=move || may_change.get()
                    fallback=move || said_role(role, via)
                >
                    <RoleSelect
                        label=named.with_value(|name| words::role_of(name))
                        role=Some(role)
                        is_executive=here.is_executive
                        chosen
                    />
                </Show>
            </td>
            <td class="buttons">
                <Show when=move || may_change.get()>
                    <button
                        type="button"
                        class="btn quiet small"
                        aria-label=named.with_value(|name| words::of(words::REMOVE, name))
                        on:click=remove
                    >
                        {words::REMOVE}
                    </button>
                </Show>
            </td>
        </tr>
    }
}

/// A role that I do not change, and where it comes from.
fn said_role(role: Role, via: Via) -> impl IntoView {
    view! {
        {role.label()}
        {(via == Via::Team).then(|| view! { <span class="faint small">" "{words::VIA_TEAM}</span> })}
    }
}

/// That somebody is me, or can no longer sign in.
pub(super) fn marks(is_mine: bool, active: bool) -> impl IntoView {
    view! {
        {is_mine.then(|| view! { <span class="chip plain">{words::YOU}</span> })}
        {(!active).then(|| view! { <span class="chip warn">{words::DEACTIVATED}</span> })}
    }
}

/// A person with face, name and address.
#[component]
pub(super) fn Who(name: String, email: String) -> impl IntoView {
    let letters = initials(&name);
    view! {
        <span class="who">
            <span class="face s me" aria-hidden="true">
                {letters}
            </span>
            <span class="t">{name}</span>
            <span class="faint small">{email}</span>
        </span>
    }
}

/// A role to choose.
#[component]
pub(super) fn RoleSelect(
    #[prop(into)] label: String,
    /// The role now.
    role: Option<Role>,
    /// Whether a client executive may be chosen.
    is_executive: Memo<bool>,
    /// Called with another role.
    chosen: Callback<Option<Role>>,
) -> impl IntoView {
    let option = move |choice: Role| {
        let is_closed = move || choice == Role::ClientExecutive && !is_executive.get() && role != Some(choice);
        view! {
            <option value=choice.as_str() selected=role == Some(choice) disabled=is_closed>
                {choice.label()}
            </option>
        }
    };
    view! {
        <select
            class="field select"
            aria-label=label
            on:change=move |event| chosen.run(event_target_value(&event).parse().ok())
        >
            {Role::ALL.map(option).collect_view()}
        </select>
    }
}

/// What everyone of the workspace is who is not in the list.
#[component]
fn Everyone(here: Here) -> impl IntoView {
    let everyone = memo(move |_| {
        here.asked
            .answer
            .with(|answer| answer.as_ref().and_then(|team| team.everyone))
    });
    let chosen = Callback::new(move |role| here.asked.change(members::set_everyone(here.plan, role)));
    view! {
        <p class="everyone">
            <span>{words::EVERYONE_ELSE}</span>
            {move || {
                let role = everyone.get();
                // Chosen again when the server did not take it.
                here.asked.refused.track();
                if here.may_manage.get() {
                    view! { <EveryoneSelect role chosen /> }.into_any()
                } else {
                    view! { <b>{role.map_or(words::NO_PART_AT_ALL, Role::label)}</b> }.into_any()
                }
            }}
        </p>
    }
}

#[component]
fn Invitations(here: Here) -> impl IntoView {
    let rows = memo(move |_| {
        here.asked
            .answer
            .with(|answer| answer.as_ref().map(|team| team.invitations.clone()).unwrap_or_default())
            .into_iter()
            // Who has accepted stands among the others; their words with it are nowhere else.
            .filter(|one| one.reply != Some(Reply::Accepted) || said(one.reply_note.clone()).is_some())
            .collect::<Vec<_>>()
    });
    view! {
        <Show when=move || rows.with(|rows| !rows.is_empty())>
            <h2 class="over-table">{words::INVITED}</h2>
            <ul class="tracker">
                <For
                    each=move || rows.get()
                    key=|one| format!("{one:?}")
                    children=move |one| view! { <InvitedRow here one /> }
                />
            </ul>
        </Show>
    }
}

#[component]
fn InvitedRow(here: Here, one: Invited) -> impl IntoView {
    let Invited {
        person,
        name,
        email,
        role,
        note,
        at,
        reply,
        reply_note,
    } = one;
    let (class, word) = match reply {
        None => ("chip info", words::NO_REPLY),
        Some(Reply::Accepted) => ("chip good", words::ACCEPTED),
        Some(Reply::Declined) => ("chip bad", words::DECLINED),
    };
    let when = crate::when::days_ago(crate::browser::local(at).date(), crate::browser::today());
    let label = words::of(words::WITHDRAW, &name);
    view! {
        <li class="invited">
            <span>
                <Who name email />
                {(reply != Some(Reply::Accepted)).then(|| view! { <span class="faint small">{words::invited_as(role, &when)}</span> })}
            </span>
            <span class="marks">
                <span class=class>{word}</span>
                <Show when=move || reply.is_none() && here.may_manage.get()>
                    <button
                        type="button"
                        class="btn quiet small"
                        aria-label=label.clone()
                        on:click=move |_| here.asked.change(members::withdraw(here.plan, person))
                    >
                        {words::WITHDRAW}
                    </button>
                </Show>
            </span>
            {said(note).map(|note| view! { <p class="muted small">{note}</p> })}
            {said(reply_note).map(|note| view! { <p class="small">{words::replied(&note)}</p> })}
        </li>
    }
}

/// A note that says something.
fn said(note: Option<String>) -> Option<String> {
    note.filter(|note| !note.trim().is_empty())
}

/// How many of each role there are, and how many a session wants.
#[component]
fn Builder(roles: Memo<Vec<Role>>) -> impl IntoView {
    let count = move |role: Role| roles.with(|roles| roles.iter().filter(|one| **one == role).count());
    let line = move |role: Role| {
        let chip = move || {
            let (class, word) = match fit(role, count(role))? {
                Fit::Fits => ("chip good", words::FITS.to_owned()),
                Fit::Missing(missing) => ("chip warn", words::missing(missing)),
                Fit::Over(over) => ("chip warn", words::over_usual(over)),
            };
            Some(view! { <span class=class>{word}</span> })
        };
        view! {
            <li>
                <span class="t">{role.label()}</span>
                <span class="faint small">{usual(role).map(words::usual)}</span>
                <span class="num">{move || count(role)}</span>
                {chip}
            </li>
        }
    };
    let people = move || roles.with(Vec::len);
    let shape = move |shape: Shape| {
        view! {
            <p class="small">
                <b>{words::shape(shape)}</b>
                <Show when=move || shape.suits(people())>
                    " "
                    <span class="chip acc">{words::SUITS}</span>
                </Show>
                <br />
                <span class="muted">{words::shape_means(shape)}</span>
            </p>
        }
    };
    view! {
        <section class="card builder" aria-label=words::TEAM_BUILDER>
            <h2>{words::TEAM_BUILDER}</h2>
            <ul class="plain-list builder-lines">
                {Role::ALL.into_iter().filter(|role| usual(*role).is_some()).map(line).collect_view()}
            </ul>
            <Show when=move || too_many(people()).is_some()>
                <p class="warn-text" role="status">
                    {move || too_many(people()).map(words::too_many_people)}
                </p>
            </Show>
            {Shape::ALL.map(shape).collect_view()}
        </section>
    }
}
