//! The page of a person who has lost every part in the plan while it was open: the plan goes from the screen, what they
//! wrote and is not saved stays, to be copied.

use domain::Cell;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::rejected::{place_of, text_of};
use super::trouble::Export;
use crate::api;
use crate::browser;
use crate::edit::note::copy_text;
use crate::edit::unread::Unreads;
use crate::erased::{Show, effect};
use crate::route::Route;
use crate::router::Link;
use crate::store::{PlanStore, use_store};
use crate::words;

/// A text of mine that is not in the plan.
struct Kept {
    /// Where it was meant to go.
    place: String,
    /// Why it is not there.
    why: String,
    text: String,
}

/// Takes the place of the plan.
#[component]
pub(crate) fn ShutOut() -> impl IntoView {
    let store = use_store();
    let unreads = Unreads::expect();
    let heading = NodeRef::<html::H1>::new();
    effect(move || {
        if let Some(heading) = heading.get() {
            // Fails only for an element that is not in the document.
            let _ = heading.focus();
        }
    });
    let kept = move || all_kept(store, unreads);
    // Who was deactivated is in no plan any more; no client executive can help them.
    let is_out = RwSignal::new(false);
    spawn_local(async move {
        if api::me().await.is_err_and(|error| error.is_signed_out()) {
            // The page may have gone meanwhile.
            let _ = is_out.try_set(true);
        }
    });
    view! {
        <div class="main">
            <main class="page" id="page" tabindex="-1">
                <section class="card shut-out" role="alertdialog" aria-labelledby="shut-out">
                    <h1 id="shut-out" tabindex="-1" node_ref=heading>
                        {words::NO_PART}
                    </h1>
                    <p>{words::NO_PART_WHAT}</p>
                    <ul class="plain-list">{move || kept().into_iter().map(row).collect_view()}</ul>
                    <Show when=move || kept().is_empty()>
                        <p class="muted">{words::NO_PART_NOTHING}</p>
                    </Show>
                    <p class="muted">
                        {move || if is_out.get() { words::NO_WAY_IN_TO_DO } else { words::NO_PART_TO_DO }}
                    </p>
                    <p class="buttons">
                        <Link to=Route::Home class="btn">
                            {words::TO_THE_PLANS}
                        </Link>
                        <Export />
                    </p>
                </section>
            </main>
        </div>
    }
}

/// What was typed and is no edit, edits that wait, edits that were refused.
fn all_kept(store: PlanStore, unreads: Unreads) -> Vec<Kept> {
    let schema = store.schema();
    let place = |cell: Option<&Cell>| cell.map(|cell| place_of(store, &schema, cell)).unwrap_or_default();
    let typed = unreads.all().into_iter().map(|(cell, unread)| Kept {
        place: place(Some(&cell)),
        why: words::NOT_AN_EDIT.to_owned(),
        text: unread.text,
    });
    let waiting = store.unsaved_edits().into_iter().map(|edits| Kept {
        place: place(edits.first().map(plan::Edit::cell).as_ref()),
        why: words::WAITING_EDIT.to_owned(),
        text: text_of(&edits),
    });
    let refused = store.rejected().get().into_iter().map(|edit| Kept {
        place: place(edit.cells.first()),
        why: edit.reason.to_string(),
        text: text_of(&edit.edits),
    });
    typed.chain(waiting).chain(refused).collect()
}

fn row(kept: Kept) -> impl IntoView {
    let Kept { place, why, text } = kept;
    let copied = text.clone();
    view! {
        <li class="refused-one">
            <p>
                <b>{place}</b>
                " "
                <span class="chip warn">{why}</span>
            </p>
            <pre class="meant">{text}</pre>
            <p class="buttons">
                <button type="button" class="btn" on:click=move |_| copy_text(&copied)>
                    {words::COPY}
                </button>
            </p>
        </li>
    }
}

/// Says in a message what has become of my role and of the plan's stage, when either changes while the plan is open.
pub(crate) fn tell_standing(store: PlanStore) {
    let standing = store.standing();
    crate::erased::effect_after(move |before: Option<Option<domain::Standing>>| {
        let now = standing.get();
        if let (Some(Some(before)), Some(now)) = (before, now)
            && before != now
        {
            crate::ui::toast(words::standing_changed(before, now));
        }
        browser::mark("data-role", now.map_or("", |now| now.role.as_str()));
        now
    });
}
