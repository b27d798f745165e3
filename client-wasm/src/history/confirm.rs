//! Before something of the past is put back: what stands now, and what will stand then.

use leptos::prelude::*;
use plan::Edit;

use super::restore::{Difference, where_of};
use super::words;
use crate::erased::effect;
use crate::pages::Pieces;
use crate::store::use_store;
use crate::ui;
use crate::views::Dialog;

/// What is to be put back, once it is confirmed.
pub(super) type Asked = RwSignal<Vec<Difference>>;

/// Asks whether to put back; then does so, as one edit and one step of undo.
#[component]
pub(super) fn Confirm(
    /// What; none: nothing is asked.
    asked: Asked,
) -> impl IntoView {
    let store = use_store();
    let open = RwSignal::new(false);
    effect(move || open.set(asked.with(|asked| !asked.is_empty())));
    effect(move || {
        if !open.get() && asked.with_untracked(|asked| !asked.is_empty()) {
            asked.set(Vec::new());
        }
    });
    let put_back = move |_| {
        let fields = asked.get_untracked();
        let edits: Vec<Edit> = fields.iter().flat_map(|field| field.edits.clone()).collect();
        open.set(false);
        let Some((section, item)) = where_of(&edits) else {
            return;
        };
        if store.edit_now(edits) {
            let title = super::bouts::place_name(store, section, item, None);
            ui::toast(words::put_back(&title, fields.len()));
        }
    };
    view! {
        <Dialog open label=words::CONFIRM_PUT_BACK class="put-back">
            <p class="muted">{words::IS_NEW_EDIT}</p>
            <dl class="old-new">{move || asked.get().into_iter().map(one).collect_view()}</dl>
            <div class="buttons">
                <button type="button" class="btn go" on:click=put_back>
                    {words::PUT_BACK}
                </button>
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    {words::CANCEL}
                </button>
            </div>
        </Dialog>
    }
}

fn one(field: Difference) -> impl IntoView {
    let word = |value: Option<String>| value.unwrap_or_else(|| words::EMPTY.to_owned());
    let what = if field.diff.is_empty() {
        view! {
            <dd>
                <span class="k">{words::NOW_IS}</span>
                <del>{word(field.now)}</del>
            </dd>
            <dd>
                <span class="k">{words::WILL_BE}</span>
                <ins>{word(field.then)}</ins>
            </dd>
        }
        .into_any()
    } else {
        view! { <dd><Pieces of=field.diff /></dd> }.into_any()
    };
    view! {
        <dt>{field.label}</dt>
        {what}
    }
}
