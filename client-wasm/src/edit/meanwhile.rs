//! What another wrote into a field of one value while its editor is open here: the editor says so, and Enter is a
//! decision instead of an accident.

use leptos::prelude::*;

use super::note::first_name;
use super::{FieldAt, show};
use crate::erased::memo;
use crate::store::PlanStore;
use crate::words;

/// What the field holds by now that it did not when the editor was opened, in a sentence.
pub(super) fn meanwhile(store: PlanStore, at: &FieldAt) -> Memo<Option<String>> {
    let seat = at.seat(store.you());
    let before = store.peek_value(&seat);
    let cell = store.cell(&seat);
    let at = at.clone();
    memo(move |_| {
        let value = cell.with(|cell| cell.value.clone());
        let author = store.peek_author(&seat);
        // What I typed may become an edit while I go on: that is no news to me.
        (value != before && author != Some(store.you())).then(|| {
            let what = value.map_or_else(
                || words::NOTHING.to_owned(),
                |value| show::words(&at.field, &value, &store),
            );
            let who = author.map(|person| store.peek_name(person));
            let who = who.filter(|name| !name.is_empty());
            words::wrote_meanwhile(first_name(who.as_deref().unwrap_or(words::SOMEONE)), &what)
        })
    })
}
