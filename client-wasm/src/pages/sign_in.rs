//! Signing in by a link. The link is used up by a click and not by loading the page: mail scanners load pages.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::app::{Notice, use_session};
use crate::browser;
use crate::route::Route;
use crate::router::use_router;
use crate::views::Problem;
use crate::words;

/// The status of a link that was used or has expired.
const GONE: u16 = 410;

/// The page behind a sign-in link.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let router = use_router();
    let session = use_session();
    // The secret stands behind `#`: a browser sends it to no server.
    let secret = browser::fragment();
    let has_secret = !secret.is_empty();
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let sign_in = move |_| {
        let secret = secret.clone();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            match api::sign_in(&secret).await {
                Ok(()) => {
                    session.ask();
                    router.replace(Route::Home);
                }
                Err(error) => {
                    trouble.set(Some(if error.status == GONE {
                        words::LINK_GONE.to_owned()
                    } else {
                        error.words
                    }));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <Notice title=words::SIGN_IN_TITLE>
            {if has_secret {
                view! {
                    <p class="muted">{words::SIGN_IN_HINT}</p>
                    <button type="button" class="btn go" disabled=busy on:click=sign_in>
                        {words::SIGN_IN}
                    </button>
                }
                    .into_any()
            } else {
                view! { <p class="muted">{words::HOW_TO_SIGN_IN}</p> }.into_any()
            }}
            <Problem words=trouble />
        </Notice>
    }
}
