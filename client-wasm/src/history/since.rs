//! In the drawer, while a past is looked at: what has become of the item since, and the way to put it back.

use std::sync::Arc;

use domain::{ItemId, Part, SectionId};
use leptos::prelude::*;

use super::confirm::{Asked, Confirm, Question};
use super::restore::{Difference, Pair, Stands};
use super::words;
use crate::erased::memo;
use crate::pages::shortened;
use crate::store::{Past, PlanStore, Then, use_store};

/// What stands otherwise today.
#[component]
pub(crate) fn Since(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let asked: Asked = RwSignal::new(None);
    let then = store.then();
    let found = memo(move |_| {
        // Today's side changes with every edit, and the past's with every step.
        store.head().track();
        store.unsaved().track();
        match then.get() {
            Then::Here(past) => Some(differences(store, &past, section, item)),
            Then::Now | Then::Coming => None,
        }
    });
    view! {
        <section class="since">
            <h2>{words::SINCE_THEN}</h2>
            {move || match found.get() {
                None => ().into_any(),
                Some(None) => view! { <p class="faint">{words::NOT_YET}</p> }.into_any(),
                Some(Some(fields)) if fields.is_empty() => view! { <p class="faint">{words::AS_TODAY}</p> }.into_any(),
                Some(Some(fields)) => listed(store, section, item, fields, asked),
            }}
            <Confirm asked />
        </section>
    }
}

fn listed(store: PlanStore, section: SectionId, item: ItemId, fields: Vec<Difference>, asked: Asked) -> AnyView {
    let may_write = move |field: &Difference| untrack(|| store.may_write_now(section, &field.key));
    let keys: Vec<String> = fields
        .iter()
        .filter(|field| may_write(field))
        .map(|field| field.key.clone())
        .collect();
    let ask = Callback::new(move |keys: Vec<String>| {
        let question = store.peek_past().map(|past| Question {
            past,
            section,
            item,
            keys,
        });
        asked.set(question);
    });
    let all = (keys.len() > 1).then(|| {
        view! {
            <button type="button" class="btn small" on:click=move |_| ask.run(keys.clone())>
                {words::PUT_ALL_BACK}
            </button>
        }
    });
    let rows = fields
        .into_iter()
        .map(|field| row(may_write(&field), field, ask))
        .collect_view();
    view! {
        <ul class="plain-list since-list">{rows}</ul>
        {all}
    }
    .into_any()
}

fn row(may_write: bool, field: Difference, ask: Callback<Vec<String>>) -> impl IntoView {
    let now = field.now.clone().unwrap_or_else(|| words::EMPTY.to_owned());
    let label = field.label.clone();
    let named = format!("{}: {}", words::PUT_BACK, field.label);
    view! {
        <li>
            <span class="k">{label}</span>
            <span class="since-now">{words::NOW_IS} ": " {shortened(&now)}</span>
            {may_write
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn quiet small"
                            aria-label=named
                            on:click=move |_| ask.run(vec![field.key.clone()])
                        >
                            {words::PUT_BACK}
                        </button>
                    }
                })}
        </li>
    }
}

/// What stands otherwise; None for an item that was not there yet.
pub(super) fn differences(
    store: PlanStore,
    past: &Arc<Past>,
    section: SectionId,
    item: ItemId,
) -> Option<Vec<Difference>> {
    // A section's one item is there from the plan's first moment, though it may have held nothing.
    if !past.has_item(section, item) && !section.is_single() {
        return None;
    }
    let schema = store.schema();
    let known = schema.section(section)?;
    let mut then = Stands::new();
    for part in [Part::Fields, Part::Links, Part::Own, Part::Prose] {
        let values = past.map(section, item, part).into_iter().flatten();
        then.extend(values.map(|(key, value)| ((part, key.clone()), value.clone())));
    }
    let now = store.stands_now(section, item);
    let found = Pair {
        section: known,
        item,
        you: store.you(),
        then: &then,
        now: &now,
        names: &store,
    };
    Some(found.differences())
}
