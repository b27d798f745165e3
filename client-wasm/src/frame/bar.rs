//! The bar: where am I, is it saved, who is here, find.

use leptos::prelude::*;

use super::{PersonMenu, Saved, StageChip};
use crate::api::Me;
use crate::route::Route;
use crate::router::Link;
use crate::store::use_store;
use crate::ui::use_ui;
use crate::views::{Faces, Logo};
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
