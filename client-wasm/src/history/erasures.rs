//! What was erased in the plan: whose, how much of it, when, by whom. The contacts are still there, to be opened.

use domain::{ItemId, PersonId, Seal, SectionId, TimestampMs};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bouts::OfContact;
use super::filter::Filter;
use super::words as said;
use crate::api::contacts::{self, ErasedPart, Erasure};
use crate::browser;
use crate::edit::directory::Directory;
use crate::erased::effect;
use crate::store::{Key, use_store};
use crate::views::{Face, Problem};
use crate::when;

/// What somebody erased of a contact in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Erased {
    item: ItemId,
    part: ErasedPart,
    at: TimestampMs,
    by: PersonId,
}

/// Keys that were destroyed together are one deed; the newest first.
fn deeds(keys: &[Erasure]) -> Vec<Erased> {
    let mut deeds: Vec<Erased> = Vec::new();
    for key in keys {
        let part = match key.seal {
            Seal::Contact => ErasedPart::Contact,
            Seal::Personality => ErasedPart::Personality,
        };
        match deeds.iter_mut().find(|deed| deed.item == key.item && deed.at == key.at) {
            // Who erases a contact erases its personality with it.
            Some(deed) => deed.part = ErasedPart::Contact,
            None => deeds.push(Erased {
                item: key.item,
                part,
                at: key.at,
                by: key.by,
            }),
        }
    }
    crate::erased::sort_by_key(&mut deeds, |deed| (std::cmp::Reverse(deed.at), deed.item));
    deeds
}

/// The list.
#[component]
pub(super) fn Erasures(
    /// Of which item and by whom.
    filter: Memo<Filter>,
) -> impl IntoView {
    let store = use_store();
    let all = RwSignal::new(None::<Vec<Erased>>);
    let trouble = RwSignal::new(None::<String>);
    effect(move || {
        // What is erased while the page is open is told by the contacts' cells.
        store.track(Key::Section(SectionId::People));
        spawn_local(async move {
            // The page may have gone meanwhile.
            match contacts::erasures(store.plan()).await {
                Ok(keys) => drop(all.try_set(Some(deeds(&keys)))),
                Err(error) => drop(trouble.try_set(Some(error.words))),
            }
        });
    });
    let shown = move || {
        let filter = filter.get();
        let mut shown = all.get()?;
        shown.retain(|deed| {
            filter.item.is_none_or(|item| item == deed.item) && filter.person.is_none_or(|person| person == deed.by)
        });
        Some(shown)
    };
    view! {
        <Problem words=trouble />
        {move || {
            shown().map(|shown| {
                if shown.is_empty() {
                    return view! { <p class="faint" role="status">{said::NOTHING_ERASED}</p> }.into_any();
                }
                view! { <ul class="bouts">{shown.into_iter().map(|deed| view! { <Deed deed /> }).collect_view()}</ul> }
                    .into_any()
            })
        }}
    }
}

#[component]
fn Deed(deed: Erased) -> impl IntoView {
    let store = use_store();
    let when = when::moment(browser::local(deed.at), browser::local(browser::now()));
    view! {
        <li class="bout">
            <Face person=deed.by named=true />
            <div>
                <p class="bout-head">
                    <b>{store.person_name(deed.by)}</b>
                    " "
                    <span class="faint">{when}</span>
                </p>
                <p>{said::erased_of(deed.part)} " " <OfContact contact=Some(deed.item) /></p>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::{item, person};

    #[test]
    fn a_contact_that_was_erased_is_one_line_and_its_personality_before_another() {
        let key = |n: u128, seal, at| Erasure {
            item: item(n),
            seal,
            at: TimestampMs(at),
            by: person(1),
        };
        let deeds = deeds(&[
            key(1, Seal::Personality, 5),
            key(1, Seal::Contact, 9),
            key(2, Seal::Contact, 7),
            key(2, Seal::Personality, 7),
        ]);
        let told: Vec<_> = deeds.iter().map(|deed| (deed.at.0, deed.item, deed.part)).collect();
        assert_eq!(
            told,
            [
                (9, item(1), ErasedPart::Contact),
                (7, item(2), ErasedPart::Contact),
                (5, item(1), ErasedPart::Personality),
            ]
        );
    }
}
