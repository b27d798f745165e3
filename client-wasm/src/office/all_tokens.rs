//! Everybody's API tokens, for administrators: what programs may in whose name, and an end to it.

use leptos::prelude::*;

use super::asked::Asked;
use super::token_table::{Names, TokenTable};
use crate::api::assignments::ManagedPlan;
use crate::api::tokens::{self, Token};
use crate::api::workspace::Account;
use crate::erased::{Show, memo, sort_by_key};
use crate::views::{Problem, Waiting};
use crate::{browser, words};

/// The part of the page on people and teams.
#[component]
pub(super) fn AllTokens(people: Asked<Vec<Account>>, plans: Asked<Vec<ManagedPlan>>) -> impl IntoView {
    let asked = Asked::new(|| Box::pin(tokens::all()));
    let names = memo(move |_| Names {
        people: people
            .answer
            .with(|people| people.iter().flatten().map(|one| (one.id, one.name.clone())).collect()),
        plans: plans
            .answer
            .with(|plans| plans.iter().flatten().map(|one| (one.id, one.name.clone())).collect()),
    });
    let sorted = memo(move |_| {
        let mut tokens = asked.answer.get().unwrap_or_default();
        names.with(|names| sort_by_key(&mut tokens, |one| (names.owner(one), one.made_at)));
        tokens
    });
    let has_any = memo(move |_| sorted.with(|tokens| !tokens.is_empty()));
    let is_read = move || asked.answer.with(Option::is_some);
    let revoke = Callback::new(move |token: Token| {
        let owner = names.with_untracked(|names| names.owner(&token)).unwrap_or_default();
        if browser::confirm(&words::revoke_token_of(&token.name, &owner)) {
            asked.change(async move { tokens::revoke(&token.id).await });
        }
    });
    view! {
        <h2 class="over-table">{words::ALL_TOKENS}</h2>
        <p class="muted small">{words::ALL_TOKENS_HINT}</p>
        <Problem words=asked.trouble />
        <Show when=move || !is_read() && asked.trouble.with(Option::is_none)>
            <Waiting />
        </Show>
        <Show when=move || has_any.get()>
            <TokenTable tokens=sorted names of_all=true revoke />
        </Show>
        <Show when=move || is_read() && !has_any.get()>
            <p class="card empty">{words::NOBODY_HAS_TOKENS}</p>
        </Show>
    }
}
