//! Safe mode: what the server sent does not fit the plan. Says so, and lets the unsaved edits be taken out.

use leptos::prelude::*;

use crate::browser;
use crate::erased::{Show, effect, memo};
use crate::store::{PlanStore, use_store};
use crate::ui::toast;
use crate::views::Dialog;
use crate::words::{self, safe};

/// The name of the file that unsaved edits are exported to.
const EXPORT_FILE: &str = "interlock-unsaved-edits.json";

/// Comes up by itself, over whatever the page shows.
#[component]
pub(crate) fn SafeMode() -> impl IntoView {
    let store = use_store();
    // Safe mode begins with the end of the connection.
    let connection = store.connection();
    let why = memo(move |_| {
        connection.track();
        store.peek_safe_mode()
    });
    let open = RwSignal::new(false);
    effect(move || open.set(why.with(Option::is_some)));
    view! {
        <Dialog open label=safe::TITLE class="safe">
            <Body store why />
        </Dialog>
    }
}

#[component]
fn Body(store: PlanStore, why: Memo<Option<String>>) -> impl IntoView {
    let (unsaved, rejected) = (store.unsaved(), store.rejected());
    let keeps = move || unsaved.get() > 0 || rejected.with(|rejected| !rejected.is_empty());
    let copy = move |_| {
        browser::copy(&store.export());
        toast(words::COPIED);
    };
    view! {
        <p>{safe::WHAT}</p>
        <p>
            <b>{move || safe::unsaved(unsaved.get())}</b>
        </p>
        <p class="buttons">
            <Show when=keeps>
                <button
                    type="button"
                    class="btn"
                    on:click=move |_| browser::download(EXPORT_FILE, &store.export())
                >
                    {words::EXPORT}
                </button>
                <button type="button" class="btn" on:click=copy>
                    {safe::COPY}
                </button>
            </Show>
            <button type="button" class="btn quiet" on:click=|_| browser::reload()>
                {words::TRY_AGAIN}
            </button>
        </p>
        <p class="muted">{safe::TO_DO}</p>
        <pre class="meant">{move || why.get()}</pre>
    }
}
