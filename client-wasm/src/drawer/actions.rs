//! The actions of an item: what is to be done for it, by whom, until when, and a line to add one. And, on an action
//! itself, its owner's yes.

use std::str::FromStr;

use domain::value::parse_day;
use domain::{Cell, ItemId, Kind, PersonId, Scalar, SectionId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use plan::Edit;

use crate::browser;
use crate::edit::read::STRENGTH_USUAL;
use crate::edit::view::title_signal;
use crate::erased::{For, Show, effect, memo};
use crate::format::day;
use crate::store::{Key, PlanStore, use_store};
use crate::typing::{Away, settles};
use crate::ui::use_ui;
use crate::views::Face;
use crate::words;

/// The field of an action that says what it is for.
const TARGETS: &str = "targets";

/// The part of the drawer on actions.
#[component]
pub(super) fn Actions(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    if section == SectionId::Actions {
        return view! { <Commitment item /> }.into_any();
    }
    let takes = store
        .schema()
        .section(SectionId::Actions)
        .and_then(|actions| actions.field(TARGETS))
        .is_some_and(|field| matches!(&field.kind, Kind::Items { to, .. } if to.contains(&section)));
    if !takes {
        return ().into_any();
    }
    let found = memo(move |_| {
        store.track(Key::Section(SectionId::Actions));
        let target = item.to_string();
        let mut all = store.peek_items(SectionId::Actions);
        all.retain(|action| {
            let links = store.peek_links(SectionId::Actions, *action, TARGETS);
            links.iter().any(|(to, _)| *to == target)
        });
        all
    });
    view! {
        <section>
            <h2>{words::ACTIONS}</h2>
            <ul class="pointers">
                <For each=move || found.get() key=|action| *action let(action)>
                    <ActionRow action />
                </For>
            </ul>
            <Show when=move || found.with(Vec::is_empty)>
                <p class="faint">{words::NO_NEXT_ACTION}</p>
            </Show>
            <AddAction item />
        </section>
    }
    .into_any()
}

#[component]
fn ActionRow(action: ItemId) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let title = title_signal(store, SectionId::Actions, action);
    let value = move |field: &str| store.cell(&Cell::field(SectionId::Actions, action, field)).get().value;
    let owner = move || {
        let owner = value("owner")?;
        let person = PersonId::from_str(owner.as_str()?).ok()?;
        Some(view! { <Face person /> })
    };
    let state = move || {
        store.track(Key::Own(SectionId::Actions, action, "commitment".to_owned()));
        let (class, word) = said(store, action, &value);
        view! { <span class=format!("chip {class}")>{word}</span> }
    };
    view! {
        <li>
            {owner}
            <button class="row-link" on:click=move |_| ui.open(SectionId::Actions, action)>{move || title.get()}</button>
            {state}
        </li>
    }
}

/// What to say of an action in a word or two: done, overdue, due, not committed.
fn said(store: PlanStore, action: ItemId, value: &impl Fn(&str) -> Option<Scalar>) -> (&'static str, String) {
    let status = value("status");
    match status.as_ref().and_then(Scalar::as_str) {
        Some("done") => return ("good", words::IS_DONE.to_owned()),
        Some("cancelled") => return ("plain", words::CANCELLED.to_owned()),
        Some("deferred") => return ("warn", words::DEFERRED.to_owned()),
        _ => {}
    }
    let due = value("due");
    let Some(due) = due.as_ref().and_then(Scalar::as_str).and_then(parse_day) else {
        return ("warn", words::NO_DATE.to_owned());
    };
    let today = store.today();
    if due < today {
        return ("bad", words::overdue_since(&day::near(due, today)));
    }
    if !is_committed(store, action) {
        return ("warn", words::due_uncommitted(&day::near(due, today)));
    }
    ("info", words::due_on(&day::near(due, today)))
}

/// Whether the owner has said yes to this owner and this date.
fn is_committed(store: PlanStore, action: ItemId) -> bool {
    let Some((owner, now)) = commitment_now(store, action) else {
        return false;
    };
    let cell = Cell::own(SectionId::Actions, action, owner, "commitment");
    store.peek_value(&cell) == Some(Scalar::Str(now))
}

/// The owner, and what they would say yes to as things are.
fn commitment_now(store: PlanStore, action: ItemId) -> Option<(PersonId, String)> {
    let value = |field: &str| store.peek_value(&Cell::field(SectionId::Actions, action, field));
    let owner = PersonId::from_str(value("owner")?.as_str()?).ok()?;
    let due = value("due");
    let due = due.as_ref().and_then(Scalar::as_str);
    Some((owner, domain::commitment(owner, due)))
}

/// The owner's yes to an action: a button for the owner, a word for everyone else.
#[component]
fn Commitment(item: ItemId) -> impl IntoView {
    let store = use_store();
    move || {
        store.track(Key::Item(SectionId::Actions, item));
        let (owner, now) = commitment_now(store, item)?;
        if is_committed(store, item) {
            return Some(view! { <section><span class="chip good">{words::COMMITTED}</span></section> }.into_any());
        }
        if owner != store.you() {
            return Some(
                view! { <section><span class="chip warn">{words::NOT_COMMITTED_BY_OWNER}</span></section> }.into_any(),
            );
        }
        if let Some(why) = store.why_not(SectionId::Actions, "commitment") {
            let said = words::NOT_COMMITTED_BY_OWNER;
            return Some(view! { <section><span class="chip warn" title=why>{said}</span></section> }.into_any());
        }
        let commit = move |_| {
            store.edit(vec![Edit::Put {
                cell: Cell::own(SectionId::Actions, item, owner, "commitment"),
                value: Scalar::Str(now.clone()),
            }]);
        };
        Some(
            view! {
                <section>
                    <button class="btn go" on:click=commit>{words::COMMIT}</button>
                    <span class="faint small">{words::COMMIT_HINT}</span>
                </section>
            }
            .into_any(),
        )
    }
}

/// A line that makes an action for this item.
#[component]
fn AddAction(item: ItemId) -> impl IntoView {
    let store = use_store();
    let open = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let make = move || {
        let Some(input) = input.get_untracked() else { return };
        let title = input.value().split_whitespace().collect::<Vec<_>>().join(" ");
        if !title.is_empty() && add(store, item, title) {
            input.set_value("");
        }
    };
    settles(move |away| {
        if away == Away::Going {
            make();
        }
        input
            .get_untracked()
            .is_none_or(|input| input.value().trim().is_empty())
    });
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" if !event.is_composing() => make(),
            "Escape" => open.set(false),
            _ => {}
        }
    };
    view! {
        <Show
            when=move || open.get()
            fallback=move || {
                let may_add = move || store.why_no_item(SectionId::Actions).is_none();
                view! {
                    <Show when=may_add>
                        <button class="btn small" on:click=move |_| open.set(true)>{words::ADD_ACTION}</button>
                    </Show>
                }
            }
        >
            <input
                node_ref=input
                class="edit-line boxed"
                type="text"
                aria-label=words::NEW_ACTION
                placeholder=words::NEW_ACTION_HINT
                on:keydown=on_keydown
                on:blur=move |_| {
                    make();
                    // What could not be made stays to be copied.
                    open.set(input.get_untracked().is_some_and(|input| !input.value().trim().is_empty()));
                }
            />
        </Show>
    }
}

/// Makes an action that is mine to begin with, for the item.
fn add(store: PlanStore, item: ItemId, title: String) -> bool {
    let action = browser::new_item();
    let last = store.peek_items(SectionId::Actions).last().copied();
    let rank = store.rank_between(SectionId::Actions, last, None);
    let with_strength = store
        .schema()
        .section(SectionId::Actions)
        .and_then(|actions| actions.field(TARGETS))
        .is_some_and(|field| matches!(field.kind, Kind::Items { strength: true, .. }));
    let link = if with_strength {
        Scalar::Int(STRENGTH_USUAL)
    } else {
        Scalar::Bool(true)
    };
    store.edit(vec![
        Edit::MakeItem {
            section: SectionId::Actions,
            item: action,
            fields: vec![
                ("title".to_owned(), Scalar::Str(title)),
                ("owner".to_owned(), Scalar::Str(store.you().to_string())),
                ("status".to_owned(), Scalar::from("not_started")),
                ("rank".to_owned(), Scalar::Str(rank)),
            ],
        },
        Edit::Put {
            cell: Cell::link(SectionId::Actions, action, TARGETS, &item.to_string()),
            value: link,
        },
    ])
}
