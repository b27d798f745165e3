//! A contact's right to be forgotten and to be told: erasing, with what stays said before, and a report of what is held.

use domain::{ItemId, Right, SectionId};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::contacts::{self, ErasedPart};
use crate::browser;
use crate::erased::{Show, memo};
use crate::store::use_store;
use crate::ui::toast;
use crate::views::{Dialog, FormEnd, Problem};
use crate::words;

/// The name of the file that a report of what is held is written to.
const HELD_FILE: &str = "held-about-contact.json";

/// What a person with the right to it can do with what is personal about a contact.
#[component]
pub(crate) fn Personal(section: SectionId, item: ItemId) -> impl IntoView {
    let store = use_store();
    let asked = RwSignal::new(None::<ErasedPart>);
    let open = RwSignal::new(false);
    let may = memo(move |_| section == SectionId::People && store.may(Right::ErasePersonal));
    let ask = move |part: ErasedPart| {
        asked.set(Some(part));
        open.set(true);
    };
    let report = move |_| {
        spawn_local(async move {
            match contacts::held(store.plan(), item).await {
                Ok(held) => browser::download(HELD_FILE, &format!("{held:#}")),
                Err(error) => toast(error.words),
            }
        });
    };
    let label = Signal::derive(move || asked.get().map(words::erase_title).unwrap_or_default().to_owned());
    view! {
        <Show when=move || may.get()>
            <section>
                <h2>{words::PERSONAL_DATA}</h2>
                <p class="buttons wrap">
                    <button type="button" class="btn small" on:click=report>
                        {words::REPORT_HELD}
                    </button>
                    <button type="button" class="btn small" on:click=move |_| ask(ErasedPart::Personality)>
                        {words::ERASE_PERSONALITY}
                    </button>
                    <button type="button" class="btn small" on:click=move |_| ask(ErasedPart::Contact)>
                        {words::ERASE_CONTACT}
                    </button>
                </p>
            </section>
        </Show>
        <Dialog open label>
            <Confirm item asked open />
        </Dialog>
    }
}

#[component]
fn Confirm(item: ItemId, asked: RwSignal<Option<ErasedPart>>, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let name = store.peek_title(SectionId::People, item);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let erase = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(part) = asked.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = contacts::erase(store.plan(), item, part).await;
            // The drawer may be closed by now.
            let _ = busy.try_set(false);
            match answer {
                Ok(()) => {
                    toast(words::erased(part));
                    let _ = open.try_set(false);
                }
                Err(error) => {
                    let _ = trouble.try_set(Some(error.words));
                }
            }
        });
    };
    view! {
        <form class="name-form" on:submit=erase>
            <p>
                <b>{move || asked.get().map(|part| words::erase_question(part, &name))}</b>
            </p>
            <p>{words::ERASE_STAYS}</p>
            <p class="muted">{words::ERASE_OLDER}</p>
            <Problem words=trouble />
            <FormEnd word=words::ERASE_FOR_GOOD closed=busy open is_for_good=true />
        </form>
    }
}
