//! Making a token: what it is for, what it may, where, until when; then its secret, once.

use std::collections::BTreeSet;

use domain::{PlanId, TimestampMs};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::html::ElementType;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::asked::Asked;
use crate::api::PlanSummary;
use crate::api::tokens::{self, Scope, Token};
use crate::erased::{For, Show, effect, memo};
use crate::ui::toast;
use crate::views::{Dialog, FormEnd, Problem};
use crate::{browser, words};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a token may be good for, in days; 0 for without end.
const DAYS: [i64; 4] = [30, 90, 365, 0];
/// What is chosen first of them.
const DAYS_USUAL: i64 = 90;

/// The dialog: the form, then the secret.
#[component]
pub(super) fn TokenDialog(
    open: RwSignal<bool>,
    asked: Asked<Vec<Token>>,
    plans: Asked<Vec<PlanSummary>>,
) -> impl IntoView {
    let secret = RwSignal::new(None::<String>);
    effect(move || {
        if !open.get() {
            secret.set(None);
        }
    });
    view! {
        <Dialog open label=words::NEW_TOKEN>
            {move || match secret.get() {
                Some(secret) => view! { <Secret secret open /> }.into_any(),
                None => view! { <TokenForm open asked plans secret /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Secret(secret: String, open: RwSignal<bool>) -> impl IntoView {
    let copied = secret.clone();
    let copy = NodeRef::<html::Button>::new();
    focus_when_there(copy);
    let copy_it = move |_| {
        browser::copy(&copied);
        toast(words::COPIED);
    };
    view! {
        <div class="name-form">
            <p role="status">{words::SECRET_ONCE}</p>
            <pre class="meant" id="token-secret">{secret}</pre>
            <p class="buttons">
                <button type="button" class="btn go" node_ref=copy on:click=copy_it>
                    {words::COPY}
                </button>
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    {words::DONE}
                </button>
            </p>
        </div>
    }
}

#[component]
fn TokenForm(
    open: RwSignal<bool>,
    asked: Asked<Vec<Token>>,
    plans: Asked<Vec<PlanSummary>>,
    secret: RwSignal<Option<String>>,
) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let scopes = RwSignal::new(vec![Scope::Read]);
    let chosen = RwSignal::new(None::<BTreeSet<PlanId>>);
    let days = RwSignal::new(DAYS_USUAL);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    focus_when_there(name);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = name
            .get_untracked()
            .map(|name| name.value().trim().to_owned())
            .unwrap_or_default();
        let lacks = if name.is_empty() {
            Some(words::TOKEN_NAME_MISSING)
        } else if scopes.with_untracked(Vec::is_empty) {
            Some(words::SCOPE_MISSING)
        } else if chosen.with_untracked(|chosen| chosen.as_ref().is_some_and(BTreeSet::is_empty)) {
            Some(words::TOKEN_PLAN_MISSING)
        } else {
            None
        };
        trouble.set(lacks.map(str::to_owned));
        if lacks.is_some() {
            return;
        }
        busy.set(true);
        let (scopes, days) = (scopes.get_untracked(), days.get_untracked());
        let of: Option<Vec<PlanId>> = chosen.get_untracked().map(|plans| plans.into_iter().collect());
        let expires = (days > 0).then(|| TimestampMs(browser::now().0 + days * DAY_MS));
        spawn_local(async move {
            let answer = tokens::make(&name, &scopes, of.as_deref(), expires).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(made) => {
                    let _ = secret.try_set(Some(made.secret));
                    asked.again();
                }
                Err(error) => drop(trouble.try_set(Some(error.words))),
            }
        });
    };
    view! {
        <form class="name-form" on:submit=submit>
            <label for="token-name">{words::TOKEN_FOR}</label>
            <input class="field" id="token-name" type="text" autocomplete="off" maxlength="120" node_ref=name />
            <Scopes scopes />
            <Plans plans chosen />
            <Until days />
            <Problem words=trouble />
            <FormEnd word=words::CREATE closed=busy open />
        </form>
    }
}

/// When the token ends.
#[component]
fn Until(days: RwSignal<i64>) -> impl IntoView {
    view! {
            <label for="token-days">{words::UNTIL}</label>
            <select
                class="field select"
                id="token-days"
                on:change=move |event| days.set(event_target_value(&event).parse().unwrap_or(DAYS_USUAL))
            >
                {DAYS
                    .map(|days| {
                        view! {
                            <option value=days.to_string() selected=days == DAYS_USUAL>
                                {words::for_days(days)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
    }
}

/// What the token may do.
#[component]
fn Scopes(scopes: RwSignal<Vec<Scope>>) -> impl IntoView {
    let choice = move |scope: Scope| {
        let is_on = memo(move |_| scopes.with(|scopes| scopes.contains(&scope)));
        let turn = move |_| {
            scopes.update(|scopes| {
                if scopes.contains(&scope) {
                    scopes.retain(|other| *other != scope);
                } else {
                    scopes.push(scope);
                }
            });
        };
        view! {
            <label class="menu-choice">
                <input type="checkbox" prop:checked=is_on on:change=turn />
                {words::scope(scope)}
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>{words::TOKEN_MAY}</legend>
            {Scope::ALL.map(choice).collect_view()}
        </fieldset>
    }
}

/// In which plans: all of mine, those to come too, or some.
#[component]
fn Plans(plans: Asked<Vec<PlanSummary>>, chosen: RwSignal<Option<BTreeSet<PlanId>>>) -> impl IntoView {
    let choice = move |plan: PlanSummary| {
        let id = plan.id;
        let is_on = memo(move |_| chosen.with(|chosen| chosen.as_ref().is_some_and(|plans| plans.contains(&id))));
        let turn = move |_| {
            chosen.update(|chosen| {
                let plans = chosen.get_or_insert_default();
                if !plans.remove(&id) {
                    plans.insert(id);
                }
            });
        };
        view! {
            <label class="menu-choice">
                <input type="checkbox" prop:checked=is_on on:change=turn />
                {plan.name}
            </label>
        }
    };
    let are_some = memo(move |_| chosen.with(Option::is_some));
    view! {
        <fieldset class="choices">
            <legend>{words::IN_PLANS}</legend>
            <label class="menu-choice">
                <input
                    type="radio"
                    name="token-plans"
                    prop:checked=move || !are_some.get()
                    on:change=move |_| chosen.set(None)
                />
                {words::ALL_MY_PLANS}
            </label>
            <label class="menu-choice">
                <input
                    type="radio"
                    name="token-plans"
                    prop:checked=are_some
                    on:change=move |_| chosen.set(Some(BTreeSet::new()))
                />
                {words::SOME_PLANS}
            </label>
            <Show when=move || are_some.get()>
                <div class="some-plans">
                    <For each=move || plans.answer.get().unwrap_or_default() key=|plan| plan.id children=choice />
                </div>
            </Show>
        </fieldset>
    }
}

/// Gives an element the keyboard as soon as it is there.
pub(super) fn focus_when_there<E>(element: NodeRef<E>)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    effect(move || {
        let Some(element) = element.get() else { return };
        let element: wasm_bindgen::JsValue = element.unchecked_into();
        if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
            // Fails only for an element that is not in the document.
            let _ = element.focus();
        }
    });
}
