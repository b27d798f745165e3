//! Whether my edits are safe, in words; and what to do when the connection is lost for good.

use leptos::prelude::*;
use protocol::Bye;

use crate::browser;
use crate::route::Route;
use crate::router::Link;
use crate::store::{Connection, use_store};
use crate::ui::use_ui;
use crate::words;

/// How it stands with my edits: "All edits saved" means on disk at the server.
#[component]
pub(crate) fn Saved() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let (connection, unsaved, rejected) = (store.connection(), store.unsaved(), store.rejected());
    let refused = Memo::new(move |_| rejected.with(Vec::len));
    let text = Memo::new(move |_| {
        let since = match connection.get() {
            Connection::Offline { since, .. } => {
                Some(crate::when::since(browser::local(since), browser::local(browser::now())))
            }
            _ => None,
        };
        connection.with(|connection| words::saved(connection, unsaved.get(), since.as_deref()))
    });
    let class = move || match (connection.get(), unsaved.get()) {
        (Connection::Online, 0) => "saved",
        (Connection::Online | Connection::Connecting | Connection::CatchingUp, _) => "saved busy",
        (Connection::Offline { .. }, _) => "saved offline",
        (Connection::Ended(_), _) => "saved ended",
    };
    view! {
        <span class=class role="status" aria-live="polite">
            {text}
        </span>
        <Show when=move || { refused.get() > 0 }>
            <button type="button" class="btn refused" on:click=move |_| ui.rejected_shown.set(true)>
                {move || words::refused(refused.get())}
            </button>
        </Show>
    }
}

/// A line over the page when the server has ended the connection: what happened, what was kept, what to do.
#[component]
pub(crate) fn Trouble() -> impl IntoView {
    let store = use_store();
    let connection = store.connection();
    let ended = Memo::new(move |_| match connection.get() {
        Connection::Ended(bye) => Some(bye),
        _ => None,
    });
    let what_to_do = move |bye: Bye| match bye {
        Bye::SignedOut => view! {
            <Link to=Route::SignIn class="btn">
                {words::SIGN_IN}
            </Link>
        }
        .into_any(),
        Bye::NoSuchPlan => view! {
            <Link to=Route::Home class="btn">
                {words::TO_THE_PLANS}
            </Link>
        }
        .into_any(),
        Bye::OtherProtocol { .. } | Bye::Restarting | Bye::BadFrame(_) | Bye::TooMuch | Bye::Fault => view! {
            <button type="button" class="btn" on:click=|_| browser::reload()>
                {words::RELOAD}
            </button>
        }
        .into_any(),
    };
    move || {
        ended.get().map(|bye| {
            view! {
                <div class="banner bad" role="alert">
                    <span>{bye.to_string()}</span>
                    {what_to_do(bye)}
                </div>
            }
        })
    }
}
