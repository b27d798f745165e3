//! The person's own menu: name, light or dark, sign out.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, Me};
use crate::app::use_session;
use crate::route::Route;
use crate::router::Link;
use crate::store::initials;
use crate::theme::{Theme, use_theme};
use crate::ui::toast;
use crate::words;

/// The menu behind my own initials.
#[component]
pub(crate) fn PersonMenu(
    /// Who is signed in.
    me: Me,
) -> impl IntoView {
    let session = use_session();
    let menu = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let sign_out = move |_| {
        spawn_local(async move {
            match api::sign_out().await {
                Ok(()) => session.ended(),
                Err(error) => toast(error.words),
            }
        });
    };
    view! {
        <details
            class="menu"
            node_ref=menu
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close();
                }
            }
        >
            // The initials are seen, so they may not stand beside another name.
            <summary title=me.name.clone()>
                <span class="face me" aria-hidden="true">
                    {initials(&me.name)}
                </span>
                <span class="sr">{words::my_menu(&me.name)}</span>
            </summary>
            <div class="menu-list">
                <p>
                    <b>{me.name.clone()}</b>
                    <br />
                    <span class="muted small">{me.email.clone()}</span>
                </p>
                <Look />
                <nav class="menu-links" aria-label=words::WORKSPACE>
                    <Link to=Route::Tokens>{words::TOKENS}</Link>
                    {me.administrator.then(|| view! { <Link to=Route::People>{words::WORKSPACE}</Link> })}
                </nav>
                <button type="button" class="btn" on:click=sign_out>
                    {words::SIGN_OUT}
                </button>
            </div>
        </details>
    }
}

/// Light, dark, or as the system is.
#[component]
fn Look() -> impl IntoView {
    let theme = use_theme();
    let choice = move |option: Theme| {
        view! {
            <label class="menu-choice">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=move || theme.get() == option
                    on:change=move |_| theme.set(option)
                />
                {words::theme(option)}
            </label>
        }
    };
    view! {
        <fieldset>
            <legend class="faint small">{words::LOOK}</legend>
            {Theme::ALL.map(choice).collect_view()}
        </fieldset>
    }
}
