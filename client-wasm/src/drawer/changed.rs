//! What changed, in words: who, when, from what to what.

use std::time::Duration;

use domain::{Delta, Fact, Field, ItemId, Part, Scalar, SectionId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::edit::directory::Directory;
use crate::edit::note::first_name;
use crate::edit::show;
use crate::store::{Key, PlanStore, use_store};
use crate::views::Face;
use crate::{api, browser, when};

/// How many changes the drawer shows.
const CHANGES_SHOWN: usize = 30;
/// How long to wait after an edit before asking for the history: several may come together.
const CALM: Duration = Duration::from_millis(400);
/// A change that came in so much later than its device says was made offline, in milliseconds.
const OFFLINE_MS: i64 = 5 * 60 * 1_000;
/// Longest text of a change that is shown, in characters.
const TEXT_SHOWN_CHARS: usize = 160;

/// A change in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactLine {
    /// What was changed: a field's name, or a whole sentence.
    pub(crate) what: String,
    /// What stood there before.
    pub(crate) old: Option<String>,
    /// What stands there since.
    pub(crate) new: Option<String>,
}

/// The changes of one item, newest first; asked for again when the item has changed.
#[component]
pub(super) fn Changed(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let facts = RwSignal::new(None::<Result<Vec<Fact>, String>>);
    let fetch = move || {
        spawn_local(async move {
            let page = api::history(store.plan(), Some(section), Some(item), None, CHANGES_SHOWN).await;
            let page = page.map(|page| page.facts).map_err(|error| error.words);
            // The drawer may be closed by now.
            let _ = facts.try_set(Some(page));
        });
    };
    follow(store, section, item, fetch);
    view! {
        <section>
            <h2>"Changed"</h2>
            {move || match facts.get() {
                None => ().into_any(),
                Some(Err(why)) => view! { <p class="faint">"The history cannot be read now: " {why}</p> }.into_any(),
                Some(Ok(facts)) => {
                    view! {
                        <div class="log small">
                            {facts.iter().map(|fact| fact_view(store, fact)).collect_view()}
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
    Effect::new(move |_| {
        store.track(Key::Item(section, item));
        stale.set_value(true);
    });
    Effect::new(move |_| {
        store.head().track();
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
    });
}

/// A change: who, what, when.
pub(crate) fn fact_view(store: PlanStore, fact: &Fact) -> impl IntoView + use<> {
    let name = store.person_name(fact.author);
    let line = say(store, fact);
    let old = line.old.map(|old| view! { <del>{old}</del> " to " });
    let new = line.new.map(|new| view! { <ins>{new}</ins> });
    view! {
        <div>
            <Face person=fact.author />
            <span>
                {first_name(&name).to_owned()} ": " {line.what} " " {old} {new}
                <br />
                <span class="faint">{moment(fact)}</span>
            </span>
        </div>
    }
}

/// When, as colleagues say it.
fn moment(fact: &Fact) -> String {
    let now = browser::local(browser::now());
    let at = when::moment(browser::local(fact.at), now);
    if fact.at.0 - fact.claimed.0 < OFFLINE_MS {
        return at;
    }
    format!("{at}, made offline about {}", when::clock(browser::local(fact.claimed)))
}

/// A change in words.
pub(crate) fn say(store: PlanStore, fact: &Fact) -> FactLine {
    let schema = store.schema();
    let field = schema.field_of(&fact.cell);
    let label = field.map_or_else(|| fact.cell.field_key().to_owned(), |field| field.label.to_lowercase());
    match &fact.delta {
        Delta::ItemMade => sentence("made it"),
        Delta::ParagraphMade => sentence(format!("began a paragraph in {label}")),
        Delta::Text { old, new, .. } => FactLine {
            what: label,
            old: shortened(old),
            new: shortened(new),
        },
        Delta::Set { old, new, .. } => match field {
            Some(field) => set_line(store, fact, field, label, old.as_ref(), new.as_ref()),
            None => FactLine {
                what: label,
                old: old.as_ref().map(Scalar::to_string),
                new: new.as_ref().map(Scalar::to_string),
            },
        },
    }
}

fn set_line(
    store: PlanStore,
    fact: &Fact,
    field: &Field,
    label: String,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
) -> FactLine {
    match (fact.cell.part, field.key.as_ref()) {
        (Part::Fields, "rank") => return sentence("moved it"),
        (Part::Fields, "deleted") if new == Some(&Scalar::Bool(true)) => return sentence("deleted it"),
        (Part::Fields, "deleted") => return sentence("brought it back"),
        (Part::Prose, _) if fact.cell.key.ends_with(":deleted") => {
            return sentence(format!("took a paragraph out of {label}"));
        }
        (Part::Prose, _) => return sentence(format!("placed a paragraph in {label}")),
        (Part::Links, _) => return link_line(store, fact, field, label, old, new),
        (Part::Own, "commitment") => return sentence("committed to it"),
        _ => {}
    }
    FactLine {
        what: label,
        old: old.map(|old| show::words(field, old, &store)),
        new: Some(new.map_or_else(|| "nothing".to_owned(), |new| show::words(field, new, &store))),
    }
}

fn link_line(
    store: PlanStore,
    fact: &Fact,
    field: &Field,
    label: String,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
) -> FactLine {
    let mut words = fact.cell.key.split(':').skip(1);
    let target = show::target(field, words.next().unwrap_or_default(), &store);
    if words.next().is_some() {
        return FactLine {
            what: format!("{label}, note on {target}"),
            old: old.map(Scalar::to_string),
            new: new.map(Scalar::to_string),
        };
    }
    let strength = |value: &Scalar| {
        value
            .as_int()
            .map(|strength| format!(" ({strength})"))
            .unwrap_or_default()
    };
    match (old, new) {
        (_, None) => FactLine {
            what: format!("{label}: no longer"),
            old: None,
            new: Some(target),
        },
        (Some(old), Some(new)) if old != new => FactLine {
            what: format!("{label}, {target}: strength"),
            old: Some(old.to_string()),
            new: Some(new.to_string()),
        },
        (_, Some(new)) => FactLine {
            what: format!("{label}:"),
            old: None,
            new: Some(format!("{target}{}", strength(new))),
        },
    }
}

fn sentence(what: impl Into<String>) -> FactLine {
    FactLine {
        what: what.into(),
        old: None,
        new: None,
    }
}

/// A text for one line; None where there is none.
fn shortened(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if text.chars().count() <= TEXT_SHOWN_CHARS {
        return Some(text.to_owned());
    }
    let head: String = text.chars().take(TEXT_SHOWN_CHARS).collect();
    Some(format!("{head}…"))
}
