//! The plan's stage: a chip in the bar, and the dialog that says what each stage changes and sets it.

use domain::{Right, Stage};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::erased::{Show, memo};
use crate::store::use_store;
use crate::ui::use_ui;
use crate::views::{Dialog, Problem};
use crate::words;

/// The stage, once the server has said it; a click says what it means.
#[component]
pub(crate) fn StageChip() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let standing = store.standing();
    let stage = memo(move |_| standing.get().map(|standing| standing.stage));
    let role = move || {
        let standing = standing.get()?;
        Some(words::your_role(standing.role))
    };
    move || {
        stage.get().map(|stage| {
            view! {
                <button
                    type="button"
                    class="chip acc stage"
                    title=role
                    aria-label=words::stage_is(stage)
                    on:click=move |_| ui.stage_shown.set(true)
                >
                    {stage.label()}
                </button>
            }
        })
    }
}

/// What the stages are, and for those who set it, which one the plan is at.
#[component]
pub(crate) fn StageDialog() -> impl IntoView {
    let ui = use_ui();
    view! {
        <Dialog open=ui.stage_shown label=words::STAGE class="stages">
            <Stages />
        </Dialog>
    }
}

#[component]
fn Stages() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let standing = store.standing();
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let may_set = memo(move |_| store.may(Right::SetStage));
    let now = memo(move |_| standing.get().map(|standing| standing.stage));
    let set = move |stage: Stage| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::members::set_stage(store.plan(), stage).await;
            // The dialog may be closed by now.
            let _ = busy.try_set(false);
            match answer {
                Ok(()) => drop(ui.stage_shown.try_set(false)),
                Err(error) => drop(trouble.try_set(Some(error.words))),
            }
        });
    };
    let row = move |stage: Stage| {
        let is_now = memo(move |_| now.get() == Some(stage));
        view! {
            <li class="stage-row" class:on=is_now aria-current=move || is_now.get().then_some("step")>
                <span>
                    <b>{stage.label()}</b>
                    <Show when=move || is_now.get()>
                        " "
                        <span class="chip acc">{words::STAGE_NOW}</span>
                    </Show>
                    <br />
                    <span class="muted">{words::stage_means(stage)}</span>
                </span>
                <Show when=move || may_set.get() && !is_now.get()>
                    <button
                        type="button"
                        class="btn"
                        aria-label=words::set_stage(stage)
                        disabled=busy
                        on:click=move |_| set(stage)
                    >
                        {words::SET}
                    </button>
                </Show>
            </li>
        }
    };
    view! {
        <ul class="plain-list">{Stage::ALL.map(row).collect_view()}</ul>
        <Problem words=trouble />
        <p class="muted small">{move || words::who_sets_stage(may_set.get())}</p>
    }
}
