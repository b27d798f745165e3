//! The bar: where am I, is it saved, who is here, find.

use leptos::prelude::*;

use super::{PersonMenu, Saved, StageChip};
use crate::api::Me;
use crate::browser;
use crate::erased::memo;
use crate::history::words as past;
use crate::route::Route;
use crate::router::Link;
use crate::store::{Then, use_store};
use crate::ui::use_ui;
use crate::views::{Faces, Logo};
use crate::when;
use crate::words;

/// The bar over a plan.
#[component]
pub(crate) fn Bar(
    /// Who is signed in.
    me: Me,
    /// The plan's name.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    view! {
        <header class="bar">
            <button
                type="button"
                class="btn quiet narrow-only"
                aria-label=words::SECTIONS
                aria-expanded=move || if ui.rail_open.get() { "true" } else { "false" }
                on:click=move |_| ui.rail_open.update(|open| *open = !*open)
            >
                "☰"
            </button>
            <Link to=Route::Home class="logo-link">
                <Logo />
                <span class="sr">{words::APP}</span>
            </Link>
            <nav class="crumb" aria-label=words::WHERE>
                <Link to=Route::Home class="crumb-up">
                    {words::PLANS}
                </Link>
                <span aria-hidden="true" class="crumb-up">
                    "/"
                </span>
                <b>{name}</b>
            </nav>
            <StageChip />
            <span class="grow"></span>
            <Saved />
            <Faces here=store.here() />
            <Clock />
            <button type="button" class="btn find-button" on:click=move |_| ui.finding.set(true)>
                {words::FIND}
                <kbd>"/"</kbd>
            </button>
            <button
                type="button"
                class="btn quiet keys-button"
                aria-label=words::KEYS
                title=words::KEYS
                on:click=move |_| ui.keys_shown.set(true)
            >
                "?"
            </button>
            <PersonMenu me />
        </header>
    }
}

/// The way into the plan's past; it says which moment is shown.
#[component]
fn Clock() -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let then = store.then();
    let moment = move || {
        then.with(|then| match then {
            Then::Now => past::NOW.to_owned(),
            Then::Coming => past::AS_OF.to_owned(),
            Then::Here(then) => {
                let moment = when::moment(browser::local(then.at), browser::local(browser::now()));
                past::moment_of(then.seq, &moment)
            }
        })
    };
    let is_open = memo(move |_| ui.times_shown.get() || ui.at.get().is_some());
    let turn = move |_| {
        let opens = !is_open.get_untracked();
        ui.times_shown.set(opens);
        if !opens {
            ui.at.set(None);
        }
    };
    view! {
        <button
            type="button"
            class="btn quiet clock"
            class:then=move || store.is_past()
            title=past::TIMES
            aria-expanded=move || if is_open.get() { "true" } else { "false" }
            on:click=turn
        >
            <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
                <circle cx="8" cy="8" r="6.2" />
                <path d="M8 4.4V8l2.4 1.6" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            <span class="sr">{past::TIMES} ": "</span>
            <span class="clock-said">{moment}</span>
        </button>
    }
}
