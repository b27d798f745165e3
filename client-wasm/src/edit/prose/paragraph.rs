//! One paragraph: its input, what is wrong with it, and who else is at it.

use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::{Cell, ParagraphId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use web_sys::ClipboardEvent;

use super::Unsent;
use super::draft::Draft;
use crate::edit::FieldAt;
use crate::edit::form::focus_holder;
use crate::edit::look::color_class;
use crate::edit::note::first_name;
use crate::edit::note::kept_note;
use crate::edit::presence::draft_of;
use crate::edit::refusal::Refusal;
use crate::edit::splice;
use crate::edit::unread::Unreads;
use crate::erased::{Show, effect, memo};
use crate::store::{CellView, use_store};
use crate::typing::settles;
use crate::words;

/// A paragraph.
#[component]
pub(super) fn Paragraph(
    at: FieldAt,
    id: ParagraphId,
    unsent: Unsent,
    /// Begins another paragraph.
    add: Callback<()>,
    /// Whether it takes the focus.
    grabs: Signal<bool>,
) -> impl IntoView {
    let store = use_store();
    let paragraphs = store.paragraphs(at.section, at.item, &at.field.key);
    let text =
        memo(move |_| paragraphs.with(|all| all.iter().find(|(other, _)| *other == id).map(|(_, text)| text.clone())));
    let cell = Cell::paragraph(at.section, at.item, &at.field.key, id);
    let seat = at.seat(store.you()).to_string();
    let start = text.get_untracked().unwrap_or_default();
    let label = at.field.label.to_string();
    let help = match at.field.help.as_ref() {
        "" => words::WRITE_HERE.to_owned(),
        help => help.to_owned(),
    };
    let input = NodeRef::<html::Textarea>::new();
    let unreads = Unreads::expect();
    let kept_at = cell.clone();
    let draft = Draft::new(store, at, id, input, start.clone(), unsent);
    effect(move || draft.follow(text.get()));
    grab(input, grabs);
    on_cleanup(move || draft.end());
    settles(move |_| draft.settle());
    let refused = draft.refused;
    let peers = store.cell(&cell);
    // Until it is made it stands for the field.
    let named = move || {
        if text.with(Option::is_some) {
            cell.to_string()
        } else {
            seat.clone()
        }
    };
    let rows = move || {
        let lines = text.with(|text| text.as_deref().map_or(1, |text| text.lines().count().max(1)));
        lines.to_string()
    };
    view! {
        <div class="para">
            <textarea
                node_ref=input
                aria-label=label
                data-cell=named
                rows=rows
                placeholder=move || if refused.with(Option::is_some) { String::new() } else { help.clone() }
                readonly=move || refused.with(Option::is_some)
                maxlength=PARAGRAPH_CHARS_MAX.to_string()
                prop:value=start
                on:input=move |_| draft.typed()
                on:keydown=move |event| on_key(&event, draft, add)
                on:paste=move |event| on_paste(&event, draft)
                on:focus=move |_| draft.tell(false)
                on:blur=move |_| draft.left()
            ></textarea>
            {not_sent(draft)}
            {move || unreads.get(&kept_at).map(|kept| kept_note(kept_at.clone(), kept))}
            {move || draft.error.get().map(|error| view! { <span class="edit-error" role="alert">{error}</span> })}
            {move || peers.with(others)}
        </div>
    }
}

/// What is typed and may not become an edit any more: why, and a way to keep it.
fn not_sent(draft: Draft) -> impl IntoView {
    let refused = draft.refused;
    view! {
        <Show when=move || draft.is_unsent() && refused.with(Option::is_some)>
            <span class="edit-refused">
                <Refusal why=refused text=Callback::new(move |()| draft.text()) />
            </span>
        </Show>
    }
}

/// Gives the input the focus while `grabs` holds, as soon as it is there.
fn grab(input: NodeRef<html::Textarea>, grabs: Signal<bool>) {
    effect(move || {
        if grabs.get()
            && let Some(input) = input.get()
        {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
        }
    });
}

fn on_key(event: &KeyboardEvent, draft: Draft, add: Callback<()>) {
    event.stop_propagation();
    let command = event.ctrl_key() || event.meta_key();
    match (event.key().as_str(), command) {
        ("Enter", true) => {
            draft.commit();
            add.run(());
        }
        ("Escape", _) => {
            draft.commit();
            if let Some(input) = draft.input.get_untracked() {
                let _ = input.blur();
                focus_holder(&input);
            }
        }
        // The plan's own undo, not the browser's: the text may hold what others wrote meanwhile.
        ("z", true) if !event.shift_key() => draft.undo(),
        ("z" | "Z" | "y", true) => draft.redo(),
        _ => return,
    }
    event.prevent_default();
}

/// A text that does not fit is not pasted at all, and says so: the input would cut it off without a word.
fn on_paste(event: &ClipboardEvent, draft: Draft) {
    let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
    let (Some(pasted), Some(input)) = (pasted, draft.input.get_untracked()) else {
        return;
    };
    let edge = |at: Result<Option<u32>, _>| at.ok().flatten().unwrap_or(0);
    let selected = edge(input.selection_end()).saturating_sub(edge(input.selection_start()));
    // As the input counts: a line's end is one.
    let pasted = splice::units(&pasted.replace("\r\n", "\n"));
    let long = splice::units(&input.value())
        .saturating_sub(selected)
        .saturating_add(pasted);
    let long = usize::try_from(long).unwrap_or(usize::MAX);
    if long > PARAGRAPH_CHARS_MAX {
        event.prevent_default();
        draft.error.set(Some(words::paste_too_long(long, PARAGRAPH_CHARS_MAX)));
    }
}

fn others(cell: &CellView) -> Vec<AnyView> {
    let peers = cell.peers.iter();
    peers
        .map(|peer| writing(&peer.name, peer.color, draft_of(peer)))
        .collect()
}

/// Who else is at a paragraph, and the end of what they type.
fn writing(name: &str, color: u8, draft: Option<String>) -> AnyView {
    let title = words::at_cell(name, draft.is_some());
    let first = first_name(name).to_owned();
    view! {
        <p class=format!("writing {}", color_class(color)) title=title>
            <span class="caret-name">{first}</span>
            {draft.map(|draft| view! { <span class="draft">{draft}</span> })}
        </p>
    }
    .into_any()
}
