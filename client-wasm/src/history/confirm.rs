//! Before something of the past is put back: what stands now, and what will stand then.

use std::sync::Arc;

use domain::{Cell, ItemId, Scalar, SectionId};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plan::Edit;

use super::bouts::place_name;
use super::restore::Difference;
use super::since;
use super::words;
use crate::erased::{Show, effect, memo};
use crate::pages::{Pieces, word_for_one};
use crate::store::{Past, PlanStore, use_store};
use crate::ui;
use crate::views::{Dialog, FormEnd};

/// What is to be put back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// As it stood.
    pub(super) past: Arc<Past>,
    /// Where.
    pub(super) section: SectionId,
    /// Of which item.
    pub(super) item: ItemId,
    /// Which fields; `deleted` for the item itself.
    pub(super) keys: Vec<String>,
}

impl Question {
    /// What of it stands otherwise now: others go on writing while the question is open.
    fn differences(&self, store: PlanStore) -> Vec<Difference> {
        let mut fields = since::differences(store, &self.past, self.section, self.item).unwrap_or_default();
        fields.retain(|field| self.keys.contains(&field.key));
        fields
    }

    /// What the item is called: by its title of then where it has none any more.
    fn title(&self, store: PlanStore) -> String {
        let then = self.past.value(&Cell::field(self.section, self.item, "title"));
        place_name(store, self.section, self.item, then.as_ref().and_then(Scalar::as_str))
    }
}

/// What is to be put back, once it is confirmed.
pub(super) type Asked = RwSignal<Option<Question>>;

/// Asks whether to put back; then does so, as one edit and one step of undo.
#[component]
pub(super) fn Confirm(
    /// What; none: nothing is asked.
    asked: Asked,
) -> impl IntoView {
    let store = use_store();
    let open = RwSignal::new(false);
    effect(move || open.set(asked.with(Option::is_some)));
    effect(move || {
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    // What it would put back may be erased by now.
    store.at_each_sight(move || asked.set(None));
    let fields = memo(move |_| {
        store.head().track();
        store.unsaved().track();
        asked
            .with(|asked| asked.as_ref().map(|question| question.differences(store)))
            .unwrap_or_default()
    });
    let is_as_then = memo(move |_| fields.with(Vec::is_empty));
    let put_back = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(question) = asked.get_untracked() else { return };
        // Of what stands now, not of what stood when it was asked.
        let fields = question.differences(store);
        let edits: Vec<Edit> = fields.iter().flat_map(|field| field.edits.clone()).collect();
        let title = question.title(store);
        open.set(false);
        if !edits.is_empty() && store.edit_now(edits) {
            ui::toast(said(&title, &fields));
        }
    };
    view! {
        <Dialog open label=words::CONFIRM_PUT_BACK class="put-back">
            {move || asked.get().map(|question| which(store, &question))}
            <p class="muted">{words::IS_NEW_EDIT}</p>
            <dl class="old-new">{move || fields.get().into_iter().map(one).collect_view()}</dl>
            <Show when=move || is_as_then.get()>
                <p class="faint" role="status">{words::AS_TODAY}</p>
            </Show>
            <form on:submit=put_back>
                <FormEnd word=words::PUT_BACK closed=is_as_then open />
            </form>
        </Dialog>
    }
}

/// Of which item it is.
fn which(store: PlanStore, question: &Question) -> impl IntoView + use<> {
    let title = question.title(store);
    let one = word_for_one(&store.schema(), question.section);
    let kind = (title != one).then(|| view! { " " <span class="faint small">{one}</span> });
    view! { <p class="which"><b>{title}</b> {kind}</p> }
}

/// What was done, in a message.
fn said(title: &str, fields: &[Difference]) -> String {
    let there = fields.iter().find(|field| field.key == "deleted");
    let others = fields.len() - usize::from(there.is_some());
    match there {
        Some(there) if there.then.as_deref() == Some(words::IS_THERE) => words::brought_back(title, others),
        Some(_) => words::deleted_again(title, others),
        None => words::put_back(title, others),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_whether_an_item_is_back_or_fields_of_it() {
        let field = |key: &str, then: &str| Difference {
            key: key.to_owned(),
            label: String::new(),
            now: None,
            then: Some(then.to_owned()),
            diff: Vec::new(),
            edits: Vec::new(),
        };
        let back = field("deleted", words::IS_THERE);
        let amount = field("amount", "€340,000");
        assert_eq!(
            said("Driver app", std::slice::from_ref(&back)),
            "Back in the plan: Driver app"
        );
        assert_eq!(
            said("Driver app", &[back, amount.clone()]),
            "Back in the plan: Driver app, and 1 field of it as it was"
        );
        assert_eq!(said("Driver app", &[amount]), "Put back: 1 field of Driver app");
        let gone = field("deleted", words::IS_DELETED);
        assert_eq!(said("Driver app", &[gone]), "Deleted again: Driver app");
    }
}
