//! What points to an item: the opportunities that support an initiative, the drivers that force it, who reports to a
//! person. Actions have a part of their own.

use domain::{Field, ItemId, Kind, Scalar, SectionId};
use leptos::prelude::*;

use crate::edit::FieldAt;
use crate::edit::view::title_signal;
use crate::erased::{For, Show, memo};
use crate::store::{Key, PlanStore, use_store};
use crate::ui::use_ui;

/// A field of a section that may point to an item.
#[derive(Debug, Clone, PartialEq)]
struct Pointer {
    section: SectionId,
    heading: String,
    key: String,
    many: bool,
}

/// A link to the item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Link {
    /// The item that points here.
    from: ItemId,
    /// How strongly, where links have a strength.
    strength: Option<i64>,
}

/// What points here, by section and field; nothing where nothing does.
#[component]
pub(super) fn PointingHere(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let pointers = pointers_to(store, section);
    let groups = pointers
        .into_iter()
        .map(|pointer| view! { <Group pointer item /> })
        .collect_view();
    view! { <div class="pointing">{groups}</div> }
}

fn pointers_to(store: PlanStore, section: SectionId) -> Vec<Pointer> {
    let schema = store.schema();
    let mut pointers = Vec::new();
    for from in schema.sections.iter().filter(|from| from.id != SectionId::Actions) {
        for field in &from.fields {
            let many = match &field.kind {
                Kind::Items { to, .. } if to.contains(&section) => true,
                Kind::Item(to) if to.contains(&section) => false,
                _ => continue,
            };
            pointers.push(Pointer {
                section: from.id,
                heading: heading(&from.title, field),
                key: field.key.to_string(),
                many,
            });
        }
    }
    pointers
}

fn heading(section: &str, field: &Field) -> String {
    format!("{section}: {}", field.label.to_lowercase())
}

#[component]
fn Group(pointer: Pointer, item: ItemId) -> impl IntoView {
    let store = use_store();
    let heading = pointer.heading.clone();
    let section = pointer.section;
    let found = memo(move |_| {
        store.track(Key::Section(pointer.section));
        let target = item.to_string();
        store
            .peek_items(pointer.section)
            .into_iter()
            .filter_map(|from| link_of(store, &pointer, from, &target))
            .collect::<Vec<_>>()
    });
    view! {
        <Show when=move || found.with(|found| !found.is_empty())>
            <section>
                <h2>{heading.clone()}</h2>
                <ul class="pointers">
                    <For each=move || found.get() key=Clone::clone let(link)>
                        <Row section link />
                    </For>
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Row(section: SectionId, link: Link) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let Link { from, strength } = link;
    let title = title_signal(store, section, from);
    view! {
        <li>
            <button class="row-link" on:click=move |_| ui.open(section, from)>{move || title.get()}</button>
            {strength.map(crate::edit::look::dots)}
        </li>
    }
}

/// Whether `from` points to the target, and how strongly where links have a strength.
fn link_of(store: PlanStore, pointer: &Pointer, from: ItemId, target: &str) -> Option<Link> {
    if pointer.many {
        let links = store.peek_links(pointer.section, from, &pointer.key);
        let (_, value) = links.into_iter().find(|(to, _)| to == target)?;
        return Some(Link {
            from,
            strength: value.as_int(),
        });
    }
    let at = FieldAt::new(store, pointer.section, from, &pointer.key)?;
    let value = at.value(store);
    (value.as_ref().and_then(Scalar::as_str) == Some(target)).then_some(Link { from, strength: None })
}
