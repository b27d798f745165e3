//! When the plan cannot go on here: what happened, what was kept, what to do. Edits that are not saved can be taken out
//! as a file.

use leptos::prelude::*;
use protocol::Bye;

use crate::browser;
use crate::erased::{Show, memo};
use crate::route::Route;
use crate::router::Link;
use crate::store::{Connection, use_store};
use crate::words;

/// The name of the file that unsaved edits are exported to.
const EXPORT_FILE: &str = "interlock-unsaved-edits.json";

/// Lines over the page: the server has ended the connection; the plan's bytes could not be read.
#[component]
pub(crate) fn Trouble() -> impl IntoView {
    let store = use_store();
    let (connection, fault) = (store.connection(), store.fault());
    let unsaved = store.unsaved();
    let ended = memo(move |_| match connection.get() {
        Connection::Ended(bye) => Some(bye),
        _ => None,
    });
    view! {
        {move || {
            ended
                .get()
                .map(|bye| {
                    let said = bye.clone();
                    view! {
                        <div class="banner bad" role="alert">
                            <span>{move || words::ended(&said, unsaved.get())}</span>
                            {way_out(&bye)}
                            <Export />
                        </div>
                    }
                })
        }}
        {move || {
            fault
                .get()
                .map(|fault| {
                    view! {
                        <div class="banner warn" role="alert">
                            <span>{words::fault(&fault)}</span>
                            <button type="button" class="btn" on:click=|_| browser::reload()>
                                {words::RELOAD}
                            </button>
                            <Export />
                        </div>
                    }
                })
        }}
    }
}

fn way_out(bye: &Bye) -> AnyView {
    match bye {
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
            <button type="button" class="btn" on:click=|_| browser::reload()>
                {words::RELOAD}
            </button>
        }
        .into_any(),
        Bye::OtherProtocol { .. }
        | Bye::Restarting
        | Bye::BadFrame(_)
        | Bye::TooMuch
        | Bye::Fault
        | Bye::TooManyOpen => view! {
            <button type="button" class="btn" on:click=|_| browser::reload()>
                {words::RELOAD}
            </button>
        }
        .into_any(),
    }
}

/// Takes out what the server does not have, while there is any.
#[component]
fn Export() -> impl IntoView {
    let store = use_store();
    let (unsaved, rejected) = (store.unsaved(), store.rejected());
    view! {
        <Show when=move || { unsaved.get() > 0 || rejected.with(|rejected| !rejected.is_empty()) }>
            <button
                type="button"
                class="btn"
                on:click=move |_| browser::download(EXPORT_FILE, &store.export())
            >
                {words::EXPORT}
            </button>
        </Show>
    }
}
