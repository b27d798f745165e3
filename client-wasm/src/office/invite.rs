//! Inviting a person by their address.

use domain::{PlanId, Right, Role};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::asked::Asked;
use super::members::RoleSelect;
use crate::api;
use crate::api::members::{self, Members};
use crate::erased::Show;
use crate::ui::toast;
use crate::views::{Dialog, FormEnd, Problem};
use crate::words;

/// Longest note, in characters; the server has the same limit.
const NOTE_CHARS_MAX: u32 = 1_000;

/// Whether a role opens the plan at all.
fn reads(role: Role) -> bool {
    role.may(Right::Read)
}

/// The dialog.
#[component]
pub(super) fn InviteDialog(
    plan: PlanId,
    open: RwSignal<bool>,
    asked: Asked<Members>,
    is_executive: Memo<bool>,
    /// Whether who is new in the workspace becomes a guest.
    makes_guests: bool,
) -> impl IntoView {
    view! {
        <Dialog open label=words::INVITE_TITLE>
            <InviteForm plan open asked is_executive makes_guests />
        </Dialog>
    }
}

#[component]
fn InviteForm(
    plan: PlanId,
    open: RwSignal<bool>,
    asked: Asked<Members>,
    is_executive: Memo<bool>,
    makes_guests: bool,
) -> impl IntoView {
    let email = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    let note = NodeRef::<html::Textarea>::new();
    let role = RwSignal::new(Role::Seller);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    super::token_form::focus_when_there(email);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (email, name) = (written(email), written(name));
        let note = note
            .get_untracked()
            .map(|note| note.value().trim().to_owned())
            .unwrap_or_default();
        if !email.contains('@') {
            trouble.set(Some(words::EMAIL_MISSING.to_owned()));
            return;
        }
        busy.set(true);
        let role = role.get_untracked();
        spawn_local(async move {
            // Whom I do not know may have no way in yet. Without the list they are told as that.
            let known = api::people().await.unwrap_or_default();
            let is_known = known.iter().any(|one| one.email.eq_ignore_ascii_case(&email));
            let answer = members::invite(plan, &email, &name, role, &note).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(()) => {
                    toast(words::invited(&email, is_known));
                    let _ = open.try_set(false);
                    asked.again();
                }
                Err(error) => drop(trouble.try_set(Some(error.words))),
            }
        });
    };
    let chosen = Callback::new(move |chosen: Option<Role>| role.set(chosen.unwrap_or(Role::Seller)));
    view! {
        <form class="name-form" on:submit=submit>
            <label for="invite-email">{words::EMAIL}</label>
            <input class="field" id="invite-email" type="email" autocomplete="off" maxlength="200" node_ref=email />
            <label for="invite-name">{words::NAME_OF_NEW}</label>
            <input class="field" id="invite-name" type="text" autocomplete="off" maxlength="120" node_ref=name />
            <p class="muted small">{words::INVITED_HINT}</p>
            {makes_guests.then(|| view! { <p class="muted small">{words::NEW_ARE_GUESTS}</p> })}
            <span>{words::ROLE}</span>
            <RoleSelect label=words::ROLE role=Some(Role::Seller) is_executive chosen />
            <Show when=move || !reads(role.get())>
                <p class="muted small">{words::CONTACT_READS_NOTHING}</p>
            </Show>
            <label for="invite-note">{words::NOTE_TO_THEM}</label>
            <textarea class="field area" id="invite-note" rows="3" maxlength=NOTE_CHARS_MAX node_ref=note></textarea>
            <Problem words=trouble />
            <FormEnd word=words::INVITE closed=busy open />
        </form>
    }
}

/// What stands in a field of the form.
fn written(input: NodeRef<html::Input>) -> String {
    let text = input.get_untracked().map(|input| input.value().trim().to_owned());
    text.unwrap_or_default()
}
