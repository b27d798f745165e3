//! What changed, in words: who, when, from what to what.

use std::time::Duration;

use domain::{ItemId, SectionId, TimestampMs};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::past::{self, Asked, TitledFact};
use crate::edit::directory::Directory;
use crate::edit::note::first_name;
use crate::erased::effect;
use crate::pages::{Change, Told, offline_words, told};
use crate::store::{Key, PlanStore, use_store};
use crate::views::Face;
use crate::{browser, when, words};

/// How many changes the drawer shows.
const CHANGES_SHOWN: usize = 30;
/// How long to wait after an edit before asking for the history: several may come together.
const CALM: Duration = Duration::from_millis(400);

/// The changes of one item, newest first; asked for again when the item has changed.
#[component]
pub(crate) fn Changed(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let facts = RwSignal::new(None::<Result<Vec<TitledFact>, String>>);
    let fetch = move || {
        let sight = store.peek_sight();
        spawn_local(async move {
            let asked = Asked {
                section: Some(section),
                item: Some(item),
                kind: Some("edits"),
                // While a past is looked at, its own past.
                to: store.peek_past().map(|past| TimestampMs(past.at.0 + 1)),
                ..Asked::default()
            };
            let page = past::history(store.plan(), &asked, None, CHANGES_SHOWN).await;
            let page = page.map(|page| page.facts).map_err(|error| error.words);
            // The drawer may be closed by now, or something in it was erased.
            if store.peek_sight() == sight {
                let _ = facts.try_set(Some(page));
            }
        });
    };
    follow(store, section, item, fetch);
    store.at_each_sight(move || {
        facts.set(None);
        fetch();
    });
    let schema = store.schema();
    view! {
        <section>
            <h2>{words::CHANGED}</h2>
            {move || match facts.get() {
                None => ().into_any(),
                Some(Err(why)) => view! { <p class="faint">{words::no_history_now(&why)}</p> }.into_any(),
                Some(Ok(facts)) => {
                    view! {
                        <div class="log small">
                            {told(&schema, &store, &facts, &|cell| store.peek_text(cell)).into_iter().map(|told| line(store, told)).collect_view()}
                        </div>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// Fetches now, and again when the item has changed and the server has more.
fn follow(store: PlanStore, section: SectionId, item: ItemId, fetch: impl Fn() + Copy + 'static) {
    let stale = StoredValue::new(true);
    let waiting = StoredValue::new(false);
    let soon = move || {
        if !stale.get_value() || waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        set_timeout(
            move || {
                if waiting.try_set_value(false).is_some() {
                    return;
                }
                // My own edits are not in the history before they are saved: then the head moves again.
                stale.set_value(store.unsaved().get_untracked() > 0);
                fetch();
            },
            CALM,
        );
    };
    effect(move || {
        store.track(Key::Item(section, item));
        stale.set_value(true);
    });
    effect(move || {
        store.head().track();
        soon();
    });
}

/// A change: who, what, when.
fn line(store: PlanStore, told: Told) -> impl IntoView + use<> {
    let name = store.person_name(told.author);
    let when = when::moment(browser::local(told.at), browser::local(browser::now()));
    let offline = told.offline;
    view! {
        <div>
            <Face person=told.author />
            <span>
                {first_name(&name).to_owned()} ": " <Change line=told />
                <br />
                <span class="faint">{when} {offline_words(offline)}</span>
            </span>
        </div>
    }
}
