//! Home: the plans that I am invited to, each to be accepted or declined with a note.

use domain::PlanId;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::members::{self, Invitation, Reply};
use crate::browser;
use crate::erased::{For, Show};
use crate::ui::toast;
use crate::words;

/// What waits for my answer.
#[component]
pub(super) fn Invitations(
    /// The invitations, as read last.
    list: RwSignal<Vec<Invitation>>,
    /// Called when one is answered.
    answered: Callback<PlanId>,
) -> impl IntoView {
    view! {
        <Show when=move || list.with(|list| !list.is_empty())>
            <section class="card invitations" aria-label=words::YOUR_INVITATIONS>
                <h2>{words::YOUR_INVITATIONS}</h2>
                <ul class="plain-list">
                    <For
                        each=move || list.get()
                        key=|one| format!("{one:?}")
                        children=move |one| view! { <Row one answered /> }
                    />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Row(one: Invitation, answered: Callback<PlanId>) -> impl IntoView {
    let Invitation {
        plan,
        plan_name,
        role,
        note,
        by_name,
    } = one;
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let answer = {
        let name = plan_name.clone();
        move |reply: Reply| {
            let note = input.get_untracked().map(|input| input.value().trim().to_owned());
            busy.set(true);
            let said = words::answered(&name, reply == Reply::Accepted, role);
            send(plan, said, reply, note.unwrap_or_default(), busy, answered);
        }
    };
    let decline = answer.clone();
    view! {
        <li class="invitation">
            <p>
                <b>{words::invites_you(&by_name.unwrap_or_default(), &plan_name, role)}</b>
            </p>
            {note
                .filter(|note| !note.trim().is_empty())
                .map(|note| view! { <p class="muted">{words::replied(&note)}</p> })}
            <p class="buttons">
                <input
                    class="field"
                    type="text"
                    maxlength="1000"
                    aria-label=words::YOUR_ANSWER
                    placeholder=words::YOUR_ANSWER
                    node_ref=input
                />
                <button
                    type="button"
                    class="btn go"
                    aria-label=words::of(words::ACCEPT, &plan_name)
                    disabled=busy
                    on:click=move |_| answer(Reply::Accepted)
                >
                    {words::ACCEPT}
                </button>
                <button
                    type="button"
                    class="btn"
                    aria-label=words::of(words::DECLINE, &plan_name)
                    disabled=busy
                    on:click=move |_| decline(Reply::Declined)
                >
                    {words::DECLINE}
                </button>
            </p>
        </li>
    }
}

/// Answers, and says what became of it.
fn send(plan: PlanId, said: String, reply: Reply, note: String, busy: RwSignal<bool>, answered: Callback<PlanId>) {
    spawn_local(async move {
        match members::answer(plan, reply, &note).await {
            Ok(()) => {
                toast(said);
                answered.run(plan);
                // The row goes away with its buttons.
                browser::mend_focus(&["#page"]);
            }
            Err(error) => toast(error.words),
        }
        // The page may have gone meanwhile.
        let _ = busy.try_set(false);
    });
}
