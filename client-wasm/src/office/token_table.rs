//! A table of API tokens: what each may, where, until when, when it was last used; and a button that ends it.

use std::collections::BTreeMap;

use domain::{PersonId, PlanId, TimestampMs};
use leptos::prelude::*;

use crate::api::tokens::{Scope, Token};
use crate::erased::For;
use crate::views::Columns;
use crate::{browser, when, words};

/// What people and plans are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Names {
    /// Of the people whose tokens they are; of none where all are mine.
    pub(super) people: BTreeMap<PersonId, String>,
    /// Of plans.
    pub(super) plans: BTreeMap<PlanId, String>,
}

impl Names {
    /// Whose a token is, where that is told.
    pub(super) fn owner(&self, token: &Token) -> Option<String> {
        let known = self.people.get(&token.person?);
        Some(known.cloned().unwrap_or_else(|| words::SOMEONE.to_owned()))
    }

    /// In which plans a token may something.
    fn plans_of(&self, token: &Token) -> String {
        let Some(of) = &token.plans else {
            return words::all_plans(token.person.is_none()).to_owned();
        };
        let names: Vec<String> = of.iter().filter_map(|id| self.plans.get(id).cloned()).collect();
        let rest = of.len() - names.len();
        let more = (rest > 0).then(|| words::and_more(rest));
        names.into_iter().chain(more).collect::<Vec<_>>().join(", ")
    }
}

/// The columns of my own tokens.
const MINE: &[(&str, &str)] = &[
    (words::NAME, ""),
    (words::TOKEN_MAY, ""),
    (words::IN_PLANS, ""),
    (words::LAST_USED, ""),
    (words::UNTIL, ""),
];

/// The columns of everybody's.
const EVERYBODYS: &[(&str, &str)] = &[
    (words::PERSON, ""),
    (words::TOKEN, ""),
    (words::TOKEN_MAY, ""),
    (words::IN_PLANS, ""),
    (words::LAST_USED, ""),
    (words::UNTIL, ""),
];

/// The table.
#[component]
pub(super) fn TokenTable(
    /// The tokens, in order.
    #[prop(into)]
    tokens: Signal<Vec<Token>>,
    #[prop(into)] names: Signal<Names>,
    /// Whether they are everybody's.
    #[prop(optional)]
    of_all: bool,
    /// Called with the token that is to end.
    revoke: Callback<Token>,
) -> impl IntoView {
    let caption = if of_all { words::ALL_TOKENS } else { words::TOKENS };
    view! {
        <div class="table-scroll">
            <table class="table stacks tokens">
                <caption class="sr">{caption}</caption>
                <Columns of=if of_all { EVERYBODYS } else { MINE } />
                <tbody>
                    <For
                        each=move || tokens.get()
                        key=|one| format!("{one:?}")
                        children=move |token| view! { <Row token names of_all revoke /> }
                    />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(token: Token, names: Signal<Names>, of_all: bool, revoke: Callback<Token>) -> impl IntoView {
    let token = StoredValue::new(token);
    let plans = move || names.with(|names| token.with_value(|token| names.plans_of(token)));
    let owner = move || names.with(|names| token.with_value(|token| names.owner(token)));
    let (name, scopes, until, used) = token.with_value(|token| {
        (
            token.name.clone(),
            scopes(&token.scopes),
            token.expires,
            token.last_used,
        )
    });
    let label = words::of(words::REVOKE, &name);
    let first = if of_all {
        view! {
            <th scope="row">
                <span class="t">{owner}</span>
            </th>
            <td class="wraps" data-label=words::TOKEN>{name}</td>
        }
        .into_any()
    } else {
        view! {
            <th scope="row">
                <span class="t">{name}</span>
            </th>
        }
        .into_any()
    };
    view! {
        <tr>
            {first}
            <td class="wraps" data-label=words::TOKEN_MAY>{scopes}</td>
            <td class="wraps" data-label=words::IN_PLANS>{plans}</td>
            <td data-label=words::LAST_USED>{last_used(used)}</td>
            <td data-label=words::UNTIL>{ends(until)}</td>
            <td class="buttons">
                <button
                    type="button"
                    class="btn quiet small"
                    aria-label=label
                    on:click=move |_| revoke.run(token.get_value())
                >
                    {words::REVOKE}
                </button>
            </td>
        </tr>
    }
}

/// What a token may, in words.
fn scopes(of: &[Scope]) -> String {
    if Scope::ALL.iter().all(|scope| of.contains(scope)) {
        return words::EVERYTHING.to_owned();
    }
    let words: Vec<&str> = of.iter().map(|scope| words::scope(*scope)).collect();
    words.join(", ")
}

fn last_used(at: Option<TimestampMs>) -> AnyView {
    match at {
        Some(at) => when::moment(browser::local(at), browser::local(browser::now())).into_any(),
        None => view! {
            <span class="faint" title=words::NOT_USED_WHY>
                {words::NOT_USED}
            </span>
        }
        .into_any(),
    }
}

fn ends(at: Option<TimestampMs>) -> AnyView {
    let Some(at) = at else {
        return words::NEVER.into_any();
    };
    let said = when::moment(browser::local(at), browser::local(browser::now()));
    if at > browser::now() {
        said.into_any()
    } else {
        view! { <span class="chip plain">{words::token_over(&said)}</span> }.into_any()
    }
}
