//! All fields of one item, by group: in the drawer, and as the page of a section that has just one item.

use domain::schema::Group;
use domain::{Field, ItemId, Kind, SectionId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::note::{FieldNotes, decide, deciding};
use super::presence::PeerMarks;
use super::prose::ProseField;
use super::refusal::closed;
use super::view::{Place, field_view};
use super::{Begun, Done, FieldAt, FieldEditor};
use crate::erased::memo;
use crate::store::{CellState, PlanStore, use_store};
use crate::words;

/// The groups in the order in which a form shows them, with their headings.
const GROUPS: [(Group, &str); 7] = [
    (Group::Main, ""),
    (Group::Qualification, words::GROUP_QUALIFICATION),
    (Group::Strategy, words::GROUP_STRATEGY),
    (Group::Personality, words::GROUP_PERSONALITY),
    (Group::Views, words::GROUP_VIEWS),
    (Group::Notes, ""),
    (Group::Source, words::GROUP_SOURCE),
];

/// The form of one item.
#[component]
pub(crate) fn ItemForm(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let schema = store.schema();
    let fields: Vec<Field> = schema
        .section(section)
        .map(|section| section.fields.clone())
        .unwrap_or_default();
    let groups = GROUPS.map(|(group, heading)| {
        let of_group = fields.iter().filter(|field| field.group == group).cloned();
        let (prose, lines): (Vec<Field>, Vec<Field>) = of_group.partition(|field| field.kind == Kind::Prose);
        (!prose.is_empty() || !lines.is_empty())
            .then(|| view! { <FormGroup section item heading lines prose is_main={group == Group::Main} /> })
    });
    view! { <div class="form">{groups.into_iter().flatten().collect_view()}</div> }
}

#[component]
fn FormGroup(
    section: SectionId,
    item: ItemId,
    heading: &'static str,
    lines: Vec<Field>,
    prose: Vec<Field>,
    is_main: bool,
) -> impl IntoView {
    let store = use_store();
    let at = move |field: &Field| FieldAt::new(store, section, item, &field.key);
    // The title stands at the head of the drawer; the page of a single item has it like any other field.
    let rows = lines
        .iter()
        .filter(|field| !(is_main && field.key == "title" && !section.is_single()))
        // The owner's yes is a button, not a text.
        .filter(|field| field.key != "commitment")
        .filter_map(at)
        .map(|at| view! { <FieldRow at /> })
        .collect_view();
    let texts = prose
        .iter()
        .filter_map(at)
        .map(|at| view! { <ProseField at /> })
        .collect_view();
    view! {
        <section class="form-group">
            {(!heading.is_empty()).then(|| view! { <h2>{heading}</h2> })}
            <div class="kv" role="group" aria-label=if heading.is_empty() { words::FIELDS } else { heading }>
                {rows}
            </div>
            {texts}
        </section>
    }
}

/// One field: its name, its value; Enter, a click or typing edits it.
#[component]
pub(crate) fn FieldRow(at: FieldAt) -> impl IntoView {
    let store = use_store();
    let editing = RwSignal::new(None::<Begun>);
    let seat = at.seat(store.you());
    let cell = store.cell(&seat);
    let state = memo(move |_| cell.with(|cell| cell.state));
    let label = at.field.label.to_string();
    let help = at.field.help.to_string();
    let button = NodeRef::<html::Div>::new();
    let edited = StoredValue::new(at.clone());
    let on_done = Callback::new(move |done: Done| {
        editing.set(None);
        if let Some(button) = button.get_untracked() {
            if done != Done::Left {
                let _ = button.focus();
            }
            if matches!(done, Done::Next | Done::Down) {
                focus_row(&button, 1);
            } else if matches!(done, Done::Previous | Done::Up) {
                focus_row(&button, -1);
            }
        }
    });
    let on_keydown = move |event: KeyboardEvent| {
        if editing.with_untracked(Option::is_some) {
            return;
        }
        on_row_key(store, &event, edited, editing, button);
    };
    let refused = closed(store, &at);
    let shown = at.clone();
    let noted = at;
    // The row is named by its label and by what it shows.
    let (key_id, value_id) = (format!("k:{seat}"), format!("v:{seat}"));
    let both = format!("{key_id} {value_id}");
    view! {
        <div class="k" id=key_id title=help>{label}</div>
        <div
            class="v"
            node_ref=button
            tabindex=move || if editing.with(Option::is_some) { "-1" } else { "0" }
            role=move || if editing.with(Option::is_none) && refused.with(Option::is_none) { "button" } else { "group" }
            title=refused
            class:ro=move || refused.with(Option::is_some)
            data-cell=seat.to_string()
            id=value_id
            aria-labelledby=both
            class:waiting=move || state.get() == CellState::Waiting
            class:rejected=move || matches!(state.get(), CellState::Rejected(_))
            class:editing=move || editing.with(Option::is_some)
            on:keydown=on_keydown
            on:click=move |_| {
                if editing.with_untracked(Option::is_none) && !edited.with_value(|at| at.says_why_not(store)) {
                    editing.set(Some(Begun { typed: None }));
                }
            }
            on:focus=move |_| edited.with_value(|at| super::editor::say_place(store, at, None))
        >
            {move || match editing.get() {
                Some(Begun { typed }) => {
                    view! { <FieldEditor at=edited.get_value() typed on_done /> }.into_any()
                }
                None => field_view(&shown, Place::Form),
            }}
            <PeerMarks cell />
        </div>
        <div class="v-notes"><FieldNotes at=noted /></div>
    }
}

fn on_row_key(
    store: PlanStore,
    event: &KeyboardEvent,
    at: StoredValue<FieldAt>,
    editing: RwSignal<Option<Begun>>,
    row: NodeRef<html::Div>,
) {
    if let Some(takes) = deciding(event) {
        if at.with_value(|at| decide(store, at, takes)) {
            event.prevent_default();
        }
        return;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let is_closed = || at.with_value(|at| at.says_why_not(store));
    match event.key().as_str() {
        "Enter" | "F2" | " " | "Delete" | "Backspace" if is_closed() => event.prevent_default(),
        "Enter" | "F2" | " " => {
            event.prevent_default();
            editing.set(Some(Begun { typed: None }));
        }
        "Delete" | "Backspace" => {
            event.prevent_default();
            let edits = at.with_value(|at| at.clearing(store));
            if !edits.is_empty() {
                store.edit(edits);
            }
        }
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            if let Some(row) = row.get_untracked() {
                focus_row(&row, if event.key() == "ArrowDown" { 1 } else { -1 });
            }
        }
        "/" | "?" => {}
        text if text.chars().count() == 1 => {
            event.prevent_default();
            if is_closed() {
                return;
            }
            editing.set(Some(Begun {
                typed: Some(text.to_owned()),
            }));
        }
        _ => {}
    }
}

/// Moves the focus to the next field of the form, or the one before.
fn focus_row(from: &web_sys::HtmlDivElement, by: i32) {
    let Ok(Some(form)) = from.closest(".form") else { return };
    let Ok(rows) = form.query_selector_all(".v, textarea") else {
        return;
    };
    let this: &web_sys::Node = from;
    let Some(index) = (0..rows.length()).find(|index| rows.get(*index).as_ref() == Some(this)) else {
        return;
    };
    let next = index.checked_add_signed(by).and_then(|index| rows.get(index));
    if let Some(next) = next.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = next.focus();
    }
}

/// After Escape in a text: the focus goes to what holds it (the drawer, or the page), so that a second Escape closes.
pub(super) fn focus_holder(inside: &web_sys::Element) {
    if let Ok(Some(holder)) = inside.closest("aside, main")
        && let Ok(holder) = holder.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = holder.focus();
    }
}
