//! Whether my edits are safe, in words.

use leptos::prelude::*;

use crate::browser;
use crate::edit::unread::Unreads;
use crate::erased::{Show, memo};
use crate::store::{Connection, use_store};
use crate::ui::use_ui;
use crate::words;

/// How it stands with my edits: "All edits saved" means on disk at the server.
#[component]
pub(crate) fn Saved() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let (connection, unsaved, rejected) = (store.connection(), store.unsaved(), store.rejected());
    let refused = memo(move |_| rejected.with(Vec::len));
    let unreads = Unreads::expect();
    let not = move || words::NotSaved {
        edits: unsaved.get(),
        texts: unreads.count(),
        refused: refused.get(),
    };
    let text = memo(move |_| {
        let since = match connection.get() {
            Connection::Offline { since, .. } => Some(crate::when::since(
                browser::local(since),
                browser::local(browser::now()),
            )),
            _ => None,
        };
        connection.with(|connection| words::saved(connection, not(), since.as_deref()))
    });
    let class = move || match (connection.get(), unsaved.get()) {
        (Connection::Online, 0) if unreads.count() > 0 => "saved offline",
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
