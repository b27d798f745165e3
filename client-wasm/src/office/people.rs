//! The people of the workspace: who can sign in, who runs it. For its administrators.

use domain::PersonId;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::all_tokens::AllTokens;
use super::asked::Asked;
use super::audit::OfWorkspace;
use super::members::{Who, marks};
use super::plans::Plans;
use super::teams::Teams;
use super::token_form::focus_when_there;
use crate::api::assignments;
use crate::api::workspace::{self, Account};
use crate::erased::{For, Show};
use crate::views::{Columns, Dialog, FormEnd, Problem, Waiting};
use crate::{browser, words};

/// People and teams.
#[component]
pub(super) fn PeoplePage(
    /// Who looks.
    you: PersonId,
) -> impl IntoView {
    let asked = Asked::new(|| Box::pin(workspace::accounts()));
    let plans = Asked::new(|| Box::pin(assignments::all_plans()));
    let adding = RwSignal::new(false);
    let is_read = move || asked.answer.with(Option::is_some);
    let count = move || {
        asked
            .answer
            .with(|people| people.as_ref().map(Vec::len).unwrap_or_default())
    };
    view! {
        <div class="head">
            <h1>{words::WORKSPACE}</h1>
            <span class="muted">{move || words::people_in_team(count())}</span>
            <span class="grow"></span>
            <Show when=is_read>
                <button type="button" class="btn go" on:click=move |_| adding.set(true)>
                    {words::ADD_PERSON}
                </button>
            </Show>
        </div>
        <Problem words=asked.trouble />
        <Show when=move || !is_read() && asked.trouble.with(Option::is_none)>
            <Waiting />
        </Show>
        <Show when=is_read>
            <Table asked you />
            <p class="muted small under-table">{words::GUEST_HINT}</p>
            <Teams people=asked />
            <Plans asked=plans people=asked />
            <AllTokens people=asked plans />
            <OfWorkspace />
        </Show>
        <Dialog open=adding label=words::ADD_PERSON>
            <AddForm open=adding asked />
        </Dialog>
    }
}

#[component]
fn Table(asked: Asked<Vec<Account>>, you: PersonId) -> impl IntoView {
    view! {
        <div class="table-scroll">
            <table class="table members stacks">
                <caption class="sr">{words::PEOPLE}</caption>
                <Columns of=&[(words::PERSON, ""), (words::ADMINISTRATOR, ""), (words::GUEST, "")] />
                <tbody>
                    <For
                        each=move || {
                            let refused = asked.refused.get();
                            let people = asked.answer.get().unwrap_or_default();
                            people.into_iter().map(move |one| (refused, one))
                        }
                        key=|one| format!("{one:?}")
                        children=move |(_, one)| view! { <Row asked one you /> }
                    />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(asked: Asked<Vec<Account>>, one: Account, you: PersonId) -> impl IntoView {
    let Account {
        id,
        name,
        email,
        administrator,
        guest,
        active,
        came,
    } = one;
    let is_mine = id == you;
    let named = name.clone();
    let row = move |what: &str| asked.from(format!("tr[data-person=\"{id}\"] {what}"));
    let turn = Callback::new(move |()| row("input").change(workspace::set_administrator(id, !administrator)));
    let turn_guest = Callback::new(move |()| row("td + td input").change(workspace::set_guest(id, !guest)));
    let (word, question) = if active {
        (words::DEACTIVATE, words::deactivate(&name))
    } else {
        (words::REACTIVATE, String::new())
    };
    let label = words::of(word, &name);
    let set_active = move || {
        if question.is_empty() || browser::confirm(&question) {
            row(".turn").change(workspace::set_active(id, !active));
        }
    };
    let removal = words::remove_person(&name);
    let removes = words::of(words::REMOVE, &name);
    let remove = move || {
        if browser::confirm(&removal) {
            asked
                .from(format!("tr[data-person=\"{id}\"] .remove"))
                .change(workspace::remove(id));
        }
    };
    view! {
        <tr data-person=id.to_string()>
            <th scope="row">
                <Who name email />
                {marks(is_mine, active)}
                {(!came).then(|| view! { <span class="chip plain">{words::NEVER_CAME}</span> })}
            </th>
            // Whoever runs the workspace does not lock themselves out by a slip.
            <td data-label=words::ADMINISTRATOR>
                <Check label=words::is_administrator(&named) checked=administrator closed=is_mine || !active turn />
            </td>
            <td data-label=words::GUEST>
                <Check label=words::is_guest(&named) checked=guest closed=is_mine || !active turn=turn_guest />
            </td>
            <td class="buttons">
                {(!is_mine && !came).then(|| button("btn quiet small remove", removes, words::REMOVE, remove))}
                {(!is_mine).then(|| button("btn quiet small turn", label, word, set_active))}
            </td>
        </tr>
    }
}

/// A button at the end of a row.
fn button(class: &'static str, label: String, word: &'static str, press: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class=class aria-label=label on:click=move |_| press()>
            {word}
        </button>
    }
}

/// Something that is so of a person or is not.
#[component]
fn Check(
    label: String,
    checked: bool,
    /// Whether it cannot be turned.
    closed: bool,
    turn: Callback<()>,
) -> impl IntoView {
    view! {
        <input
            type="checkbox"
            aria-label=label
            prop:checked=checked
            disabled=closed
            on:change=move |_| turn.run(())
        />
    }
}

#[component]
fn AddForm(open: RwSignal<bool>, asked: Asked<Vec<Account>>) -> impl IntoView {
    let email = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    focus_when_there(email);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = |input: NodeRef<html::Input>| input.get_untracked().map(|input| input.value().trim().to_owned());
        let (email, name) = (text(email).unwrap_or_default(), text(name).unwrap_or_default());
        if !email.contains('@') || name.is_empty() {
            trouble.set(Some(words::EMAIL_AND_NAME.to_owned()));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = workspace::add(&email, &name, false).await;
            // The page may have gone meanwhile.
            let _ = busy.try_set(false);
            match answer {
                Ok(()) => {
                    let _ = open.try_set(false);
                    asked.again();
                }
                // Here, where it is read: a message would stand behind the dialog.
                Err(error) => drop(trouble.try_set(Some(error.words))),
            }
        });
    };
    view! {
        <form class="name-form" on:submit=submit>
            <label for="person-email">{words::EMAIL}</label>
            <input class="field" id="person-email" type="email" autocomplete="off" maxlength="200" node_ref=email />
            <label for="person-name">{words::NAME}</label>
            <input class="field" id="person-name" type="text" autocomplete="off" maxlength="120" node_ref=name />
            <p class="muted small">{words::ADDED_PERSON_HINT}</p>
            <Problem words=trouble />
            <FormEnd word=words::ADD closed=busy open />
        </form>
    }
}
