//! Teams: whoever manages one reads every plan that is assigned to it.

use domain::PersonId;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::asked::Asked;
use super::token_form::focus_when_there;
use crate::api::workspace::{self, Account, Team, TeamMember};
use crate::erased::{For, Show};
use crate::views::FormEnd;
use crate::{browser, words};

/// All teams, and a line that makes another.
#[component]
pub(super) fn Teams(people: Asked<Vec<Account>>) -> impl IntoView {
    let asked = Asked::new(|| Box::pin(workspace::teams()));
    let name = NodeRef::<html::Input>::new();
    let make = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = name.get_untracked() else { return };
        let text = input.value().trim().to_owned();
        if text.is_empty() {
            return;
        }
        let make = async move { workspace::make_team(&text).await };
        asked.change_then(make, move || input.set_value(""));
    };
    view! {
        <h2 class="over-table">{words::TEAMS}</h2>
        <p class="muted small">{words::TEAMS_HINT}</p>
        <ul class="tracker teams">
            <For
                each=move || asked.answer.get().unwrap_or_default()
                key=|team| format!("{team:?}")
                children=move |team| view! { <TeamRow asked team people /> }
            />
            <li class="team-row">
                <form class="finish" on:submit=make>
                    <input
                        class="field"
                        type="text"
                        maxlength="120"
                        aria-label=words::NEW_TEAM
                        placeholder=words::NEW_TEAM
                        node_ref=name
                    />
                    <button type="submit" class="btn" disabled=asked.busy>
                        {words::ADD}
                    </button>
                </form>
            </li>
        </ul>
        <Show when=move || asked.trouble.with(Option::is_some)>
            <p class="bad-text" role="alert">{move || asked.trouble.get()}</p>
        </Show>
    }
}

#[component]
fn TeamRow(asked: Asked<Vec<Team>>, team: Team, people: Asked<Vec<Account>>) -> impl IntoView {
    let Team { id, name, members } = team;
    let id = StoredValue::new(id);
    let remove = {
        let question = words::remove_team(&name);
        move |_| {
            if browser::confirm(&question) {
                let id = id.get_value();
                asked.change(async move { workspace::remove_team(&id).await });
            }
        }
    };
    let taken: Vec<PersonId> = members.iter().map(|member| member.person).collect();
    let add = move |event| {
        if let Ok(person) = event_target_value(&event).parse::<PersonId>() {
            let id = id.get_value();
            asked.change(async move { workspace::set_team_member(&id, person, false).await });
        }
    };
    let label = words::of(words::REMOVE, &name);
    let others = move || {
        let people = people.answer.get().unwrap_or_default();
        let free = people.into_iter().filter(|one| one.active && !taken.contains(&one.id));
        free.map(|one| view! { <option value=one.id.to_string()>{one.name}</option> })
            .collect_view()
    };
    view! {
        <li class="team-row">
            <span class="head">
                <TeamName asked id name=name.clone() />
                <span class="grow"></span>
                <select class="field select" aria-label=words::add_to_team(&name) on:change=add>
                    <option value="">{words::ADD_MEMBER}</option>
                    {others}
                </select>
                <button type="button" class="btn quiet small" aria-label=label on:click=remove>
                    {words::REMOVE}
                </button>
            </span>
            <span class="chips">
                {members.into_iter().map(|member| view! { <MemberChip asked id member people /> }).collect_view()}
            </span>
        </li>
    }
}

/// What a team is called, and a way to call it otherwise.
#[component]
fn TeamName(asked: Asked<Vec<Team>>, id: StoredValue<String>, name: String) -> impl IntoView {
    let renaming = RwSignal::new(false);
    let name = StoredValue::new(name);
    let input = NodeRef::<html::Input>::new();
    focus_when_there(input);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(text) = input.get_untracked().map(|input| input.value().trim().to_owned()) else {
            return;
        };
        if text.is_empty() || name.with_value(|name| *name == text) {
            renaming.set(false);
            return;
        }
        let id = id.get_value();
        let rename = async move { workspace::rename_team(&id, &text).await };
        // The row is drawn anew with its new name.
        asked.change_then(rename, || ());
    };
    let form = move || {
        view! {
            <form class="finish rename" on:submit=save>
                <input
                    class="field"
                    type="text"
                    maxlength="120"
                    aria-label=words::TEAM_NAME
                    value=name.get_value()
                    node_ref=input
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            renaming.set(false);
                        }
                    }
                />
                <FormEnd word=words::RENAME closed=asked.busy open=renaming />
            </form>
        }
    };
    view! {
        <Show when=move || !renaming.get() fallback=form>
            <b>{name.get_value()}</b>
            <button
                type="button"
                class="btn quiet small"
                aria-label=words::of(words::RENAME, &name.get_value())
                on:click=move |_| renaming.set(true)
            >
                {words::RENAME}
            </button>
        </Show>
    }
}

/// One of a team: a click makes them its manager or no longer, the cross takes them out.
#[component]
fn MemberChip(
    asked: Asked<Vec<Team>>,
    id: StoredValue<String>,
    member: TeamMember,
    people: Asked<Vec<Account>>,
) -> impl IntoView {
    let TeamMember { person, manager } = member;
    let name = move || {
        people.answer.with(|people| {
            let known = people
                .as_ref()
                .and_then(|people| people.iter().find(|one| one.id == person));
            known.map_or_else(|| words::SOMEONE.to_owned(), |known| known.name.clone())
        })
    };
    let turn = move |_| {
        let id = id.get_value();
        asked.change(async move { workspace::set_team_member(&id, person, !manager).await });
    };
    let take_out = move |_| {
        let id = id.get_value();
        asked.change(async move { workspace::remove_team_member(&id, person).await });
    };
    view! {
        <span class="member">
            <button
                type="button"
                class=if manager { "chip acc" } else { "chip plain" }
                aria-pressed=if manager { "true" } else { "false" }
                title=words::MANAGES_TEAM
                on:click=turn
            >
                {move || words::team_member(&name(), manager)}
            </button>
            <button type="button" class="btn quiet small" aria-label=move || words::of(words::REMOVE, &name()) on:click=take_out>
                "✕"
            </button>
        </span>
    }
}
