//! My API tokens: what programs may do in my name, until when; made, shown once, ended.

use domain::PlanId;
use leptos::prelude::*;

use super::asked::Asked;
use super::token_form::TokenDialog;
use crate::api::tokens::{self, Token};
use crate::api::{self, PlanSummary};
use crate::erased::{For, Show, memo};
use crate::views::Problem;
use crate::{browser, when, words};

/// The list of tokens.
#[component]
pub(super) fn TokensPage() -> impl IntoView {
    let asked = Asked::new(|| Box::pin(tokens::tokens()));
    let plans = Asked::new(|| Box::pin(api::plans()));
    let making = RwSignal::new(false);
    let has_any = memo(move |_| {
        asked
            .answer
            .with(|list| list.as_ref().is_some_and(|list| !list.is_empty()))
    });
    let is_read = move || asked.answer.with(Option::is_some);
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
        <Show when=move || has_any.get()>
            <Table asked plans />
        </Show>
        <Show when=move || is_read() && !has_any.get()>
            <p class="card empty">{words::NO_TOKENS}</p>
        </Show>
        <TokenDialog open=making asked plans />
    }
}

#[component]
fn Table(asked: Asked<Vec<Token>>, plans: Asked<Vec<PlanSummary>>) -> impl IntoView {
    let row = move |token: Token| {
        let id = token.id.clone();
        let name = token.name.clone();
        let revoke = move |_| {
            if browser::confirm(&words::revoke_token(&name)) {
                let id = id.clone();
                asked.change(async move { tokens::revoke(&id).await });
            }
        };
        let scopes = token
            .scopes
            .iter()
            .map(|scope| words::scope(*scope))
            .collect::<Vec<_>>()
            .join(", ");
        let of = token.plans.clone();
        let until = match token.expires {
            None => words::NEVER.to_owned(),
            Some(at) => when::moment(browser::local(at), browser::local(browser::now())),
        };
        view! {
            <tr>
                <th scope="row">
                    <span class="t">{token.name.clone()}</span>
                </th>
                <td class="wraps" data-label=words::TOKEN_MAY>{scopes}</td>
                <td class="wraps" data-label=words::IN_PLANS>{move || plan_names(plans, of.as_deref())}</td>
                <td data-label=words::UNTIL>{until}</td>
                <td class="buttons">
                    <button
                        type="button"
                        class="btn quiet"
                        aria-label=words::of(words::REVOKE, &token.name)
                        on:click=revoke
                    >
                        {words::REVOKE}
                    </button>
                </td>
            </tr>
        }
    };
    view! {
        <div class="table-scroll">
            <table class="table stacks">
                <caption class="sr">{words::TOKENS}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words::NAME}</th>
                        <th scope="col">{words::TOKEN_MAY}</th>
                        <th scope="col">{words::IN_PLANS}</th>
                        <th scope="col">{words::UNTIL}</th>
                        <th scope="col">
                            <span class="sr">{words::WHAT_TO_DO}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || asked.answer.get().unwrap_or_default() key=|one| format!("{one:?}") children=row />
                </tbody>
            </table>
        </div>
    }
}

/// The names of the plans of a token.
fn plan_names(plans: Asked<Vec<PlanSummary>>, of: Option<&[PlanId]>) -> String {
    let Some(of) = of else {
        return words::ALL_MY_PLANS.to_owned();
    };
    plans.answer.with(|plans| {
        let known = plans.as_deref().unwrap_or_default();
        let name = |id: &PlanId| known.iter().find(|plan| plan.id == *id).map(|plan| plan.name.clone());
        let names: Vec<String> = of.iter().filter_map(name).collect();
        let rest = of.len() - names.len();
        let more = (rest > 0).then(|| words::and_more(rest));
        names.into_iter().chain(more).collect::<Vec<_>>().join(", ")
    })
}
