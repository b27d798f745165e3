//! When the plan cannot go on here, or there is a newer page for it: what happened, what was kept, what to do. Edits that
//! are not saved can be taken out as a file.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Bye;

use crate::api;
use crate::browser;
use crate::erased::{Show, memo};
use crate::route::Route;
use crate::router::Link;
use crate::store::{Connection, PlanStore, use_store};
use crate::words;

/// The name of the file that unsaved edits are exported to.
const EXPORT_FILE: &str = "interlock-unsaved-edits.json";

/// Lines over the page: the server has ended the connection; the plan's bytes could not be read.
#[component]
pub(crate) fn Trouble() -> impl IntoView {
    let store = use_store();
    let (connection, fault) = (store.connection(), store.fault());
    let unavailable = store.unavailable();
    let ended = memo(move |_| match connection.get() {
        // That has a page of its own.
        Connection::Ended(Bye::NoAccess) => None,
        Connection::Ended(bye) => Some(bye),
        _ => None,
    });
    let newer = newer_build();
    view! {
        <Show when=move || newer.get()>
            <div class="banner warn" role="status">
                <span>{move || words::newer_build(store.unsaved().get())}</span>
                <button
                    type="button"
                    class="btn"
                    disabled=move || { store.unsaved().get() > 0 }
                    on:click=|_| browser::reload()
                >
                    {words::RELOAD}
                </button>
                <Export />
            </div>
        </Show>
        {move || {
            ended
                .get()
                .map(|bye| {
                    view! {
                        <div class="banner bad" role="alert">
                            <span>{why_ended(store, bye.clone())}</span>
                            {way_out(&bye)}
                            <Export />
                        </div>
                    }
                })
        }}
        {move || {
            unavailable
                .get()
                .map(|why| {
                    view! {
                        <div class="banner warn" role="alert">
                            <span>{words::unavailable(&why)}</span>
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

/// Whether the server's pages are of another build than this one: asked at each connection, since a server is replaced
/// while its pages are open.
fn newer_build() -> RwSignal<bool> {
    let connection = use_store().connection();
    let newer = RwSignal::new(false);
    Effect::new(move |was_online: Option<bool>| {
        let online = connection.get() == Connection::Online;
        if online && was_online != Some(true) {
            spawn_local(async move {
                // Not told: it is asked again at the next connection.
                let page = api::build().await.ok().and_then(|build| build.page);
                // The page may have gone meanwhile.
                let _ = newer.try_set(page.is_some() && page != browser::start_script());
            });
        }
        online
    });
    newer
}

/// Why the connection has ended, and what becomes of what is not saved.
fn why_ended(store: PlanStore, bye: Bye) -> impl Fn() -> String + Send + Sync + 'static {
    // Safe mode ends it by itself: the server is not at fault.
    let is_safe = store.peek_safe_mode().is_some();
    move || {
        let unsaved = store.unsaved().get();
        if is_safe {
            words::safe::stopped(unsaved)
        } else {
            words::ended(&bye, unsaved)
        }
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
        | Bye::TooManyOpen
        | Bye::NoAccess => view! {
            <button type="button" class="btn" on:click=|_| browser::reload()>
                {words::RELOAD}
            </button>
        }
        .into_any(),
    }
}

/// Takes out what the server does not have, while there is any.
#[component]
pub(super) fn Export() -> impl IntoView {
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
