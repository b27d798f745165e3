//! Edits that the server refused: why, with what was meant kept, to copy, to try again, or to let go.

use std::fmt::Write;

use domain::{Cell, Schema};
use leptos::prelude::*;
use plan::Edit;

use crate::browser;
use crate::erased::Show;
use crate::store::{PlanStore, RejectedEdit, use_store};
use crate::ui::{toast, use_ui};
use crate::views::Dialog;
use crate::when;
use crate::words;

/// The panel of refused edits.
#[component]
pub(crate) fn Refused() -> impl IntoView {
    let ui = use_ui();
    view! {
        <Dialog open=ui.rejected_shown label=words::REFUSED_EDITS class="refused-list">
            <RefusedBody />
        </Dialog>
    }
}

#[component]
fn RefusedBody() -> impl IntoView {
    let store = use_store();
    let rejected = store.rejected();
    let rows = move || {
        let schema = store.schema();
        rejected
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, edit)| row(store, &schema, index, &edit))
            .collect_view()
    };
    view! {
        <p class="muted">{words::REFUSED_HINT}</p>
        <ul class="plain-list">{rows}</ul>
        <Show when=move || rejected.with(Vec::is_empty)>
            <p class="faint">{words::NOTHING_REFUSED}</p>
        </Show>
    }
}

fn row(store: PlanStore, schema: &Schema, index: usize, edit: &RejectedEdit) -> impl IntoView + use<> {
    let text = text_of(&edit.edits);
    let place = edit.cells.first().map(|cell| place_of(store, schema, cell));
    let at = when::moment(browser::local(edit.at), browser::local(browser::now()));
    let copy = {
        let text = text.clone();
        move |_| {
            browser::copy(&text);
            toast(words::COPIED);
        }
    };
    view! {
        <li class="card refused-one">
            <p>
                <b>{place}</b>
                " "
                <span class="faint small">{at}</span>
            </p>
            <p class="warn-text">{edit.reason.to_string()}</p>
            <pre class="meant">{text}</pre>
            <p class="buttons">
                <button type="button" class="btn" on:click=copy>
                    {words::COPY}
                </button>
                <button type="button" class="btn" on:click=move |_| store.retry(index)>
                    {words::TRY_AGAIN}
                </button>
                <button type="button" class="btn quiet" on:click=move |_| store.dismiss(index)>
                    {words::LET_GO}
                </button>
            </p>
        </li>
    }
}

/// Where an edit was meant to go, in words.
pub(super) fn place_of(store: PlanStore, schema: &Schema, cell: &Cell) -> String {
    let title = store.peek_title(cell.section, cell.item);
    let label = schema
        .field_of(cell)
        .map_or_else(|| cell.field_key().to_owned(), |field| field.label.to_string());
    words::place(&title, &label)
}

/// What was meant, as text to keep.
pub(super) fn text_of(edits: &[Edit]) -> String {
    let mut text = String::new();
    for edit in edits {
        // Writing to a string does not fail.
        let _ = match edit {
            Edit::MakeItem { fields, .. } => fields
                .iter()
                .filter(|(field, _)| field != "rank")
                .try_for_each(|(field, value)| writeln!(text, "{field}: {value}")),
            Edit::Put { value, .. } => writeln!(text, "{value}"),
            Edit::Clear { .. } => writeln!(text, "{}", words::CLEARED),
            Edit::MakeParagraph { text: new, .. } => writeln!(text, "{new}"),
            Edit::Splice { insert, .. } => writeln!(text, "{insert}"),
        };
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ItemId, Scalar, SectionId};

    #[test]
    fn what_was_meant_is_kept_as_text_without_ranks() {
        let made = Edit::MakeItem {
            section: SectionId::Actions,
            item: ItemId::SINGLE,
            fields: vec![
                ("title".to_owned(), "Call Brandt".into()),
                ("rank".to_owned(), "80".into()),
            ],
        };
        let put = Edit::Put {
            cell: Cell::field(SectionId::Actions, ItemId::SINGLE, "due"),
            value: Scalar::Str("2026-12-01".to_owned()),
        };
        assert_eq!(text_of(&[made, put]), "title: Call Brandt\n2026-12-01");
    }
}
