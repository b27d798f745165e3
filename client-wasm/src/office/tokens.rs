//! My API tokens: what programs may do in my name, until when; made, shown once, ended.

use leptos::prelude::*;

use super::asked::Asked;
use super::token_form::TokenDialog;
use super::token_table::{Names, TokenTable};
use crate::api;
use crate::api::tokens::{self, Token};
use crate::erased::{Show, memo};
use crate::views::{Problem, Waiting};
use crate::{browser, words};

/// The list of tokens.
#[component]
pub(super) fn TokensPage() -> impl IntoView {
    let asked = Asked::new(|| Box::pin(tokens::tokens()));
    let plans = Asked::new(|| Box::pin(api::plans()));
    let making = RwSignal::new(false);
    let list = memo(move |_| asked.answer.get().unwrap_or_default());
    let has_any = memo(move |_| list.with(|list| !list.is_empty()));
    let is_read = move || asked.answer.with(Option::is_some);
    let names = memo(move |_| Names {
        plans: plans
            .answer
            .with(|plans| plans.iter().flatten().map(|one| (one.id, one.name.clone())).collect()),
        ..Names::default()
    });
    let revoke = Callback::new(move |token: Token| {
        if browser::confirm(&words::revoke_token(&token.name)) {
            asked.change(async move { tokens::revoke(&token.id).await });
        }
    });
    view! {
        <div class="head">
            <h1>{words::TOKENS}</h1>
            <span class="muted">{words::TOKENS_HINT}</span>
            <span class="grow"></span>
            <button type="button" class="btn go" on:click=move |_| making.set(true)>
                {words::NEW_TOKEN}
            </button>
        </div>
        <Problem words=asked.trouble />
        <Show when=move || !is_read() && asked.trouble.with(Option::is_none)>
            <Waiting />
        </Show>
        <Show when=move || has_any.get()>
            <TokenTable tokens=list names revoke />
        </Show>
        <Show when=move || is_read() && !has_any.get()>
            <p class="card empty">{words::NO_TOKENS}</p>
        </Show>
        <TokenDialog open=making asked plans />
    }
}
