//! The one dialog that gives a plan its name: a new one, another name, a copy.

use std::cell::Cell;

use domain::{PlanId, Role};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::erased::effect;
use crate::route::{PlanPlace, Route};
use crate::router::{Router, use_router};
use crate::views::{Dialog, EveryoneSelect, FormEnd, Problem};
use crate::words;

/// Longest name of a plan, in characters; the server has the same limit.
const NAME_CHARS_MAX: u32 = 120;

/// What gets a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Naming {
    /// A new plan.
    New,
    /// A plan that is there.
    Rename {
        /// Which.
        plan: PlanId,
        /// Its name now.
        name: String,
    },
    /// A copy of a plan.
    Duplicate {
        /// Of which.
        plan: PlanId,
        /// That one's name.
        name: String,
    },
}

impl Naming {
    const fn title(&self) -> &'static str {
        match self {
            Self::New => words::NEW_PLAN,
            Self::Rename { .. } => words::RENAME_PLAN,
            Self::Duplicate { .. } => words::DUPLICATE_PLAN,
        }
    }

    const fn button(&self) -> &'static str {
        match self {
            Self::New => words::CREATE,
            Self::Rename { .. } => words::RENAME,
            Self::Duplicate { .. } => words::DUPLICATE,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::New => String::new(),
            Self::Rename { name, .. } => name.clone(),
            Self::Duplicate { name, .. } => words::copy_of(name),
        }
    }

    /// Whether a plan is made of which everyone may have a part.
    const fn makes(&self) -> bool {
        matches!(self, Self::New | Self::Duplicate { .. })
    }

    /// Does it, and answers which plan has the name now.
    async fn carry_out(&self, name: &str, everyone: Option<Role>) -> Result<PlanId, ApiError> {
        match self {
            Self::New => {
                let plan = api::create_plan(name, everyone).await?.id;
                MADE.set(Some((plan, name.to_owned())));
                Ok(plan)
            }
            Self::Rename { plan, .. } => api::rename_plan(*plan, name).await.map(|()| *plan),
            Self::Duplicate { plan, .. } => api::duplicate_plan(*plan, name, everyone).await.map(|copy| copy.id),
        }
    }
}

thread_local! {
    // The plan that was made last, until it is opened.
    static MADE: Cell<Option<(PlanId, String)>> = const { Cell::new(None) };
}

/// The account that a plan which was just made here is for; once.
pub(crate) fn account_of_new(plan: PlanId) -> Option<String> {
    MADE.take().filter(|(made, _)| *made == plan).map(|(_, name)| name)
}

/// The dialog, open while there is something to name.
#[component]
pub(super) fn NameDialog(
    /// What gets a name.
    naming: RwSignal<Option<Naming>>,
    /// Called when it is done, with the plan that has another name now.
    done: impl Fn(PlanId) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let open = RwSignal::new(false);
    effect(move || {
        if naming.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            naming.set(None);
        }
    });
    let label =
        Signal::derive(move || naming.with(|naming| naming.as_ref().map(Naming::title).unwrap_or_default().to_owned()));
    view! {
        <Dialog open label>
            {move || naming.get().map(|what| view! { <NameForm what open done /> })}
        </Dialog>
    }
}

#[component]
fn NameForm(what: Naming, open: RwSignal<bool>, done: impl Fn(PlanId) + Copy + Send + Sync + 'static) -> impl IntoView {
    let router = use_router();
    let input = NodeRef::<html::Input>::new();
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let everyone = RwSignal::new(None::<Role>);
    effect(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
            input.select();
        }
    });
    let button = what.button();
    let first = what.name();
    let makes = what.makes();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        let name = name.trim().to_owned();
        if name.is_empty() {
            trouble.set(Some(words::NAME_MISSING.to_owned()));
            return;
        }
        busy.set(true);
        let what = what.clone();
        let everyone = everyone.get_untracked();
        spawn_local(async move {
            match what.carry_out(&name, everyone).await {
                Ok(plan) => {
                    open.set(false);
                    if what == Naming::New {
                        go_to(router, plan);
                    } else {
                        done(plan);
                    }
                }
                Err(error) => {
                    trouble.set(Some(error.words));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <form class="name-form" on:submit=submit>
            <label for="plan-name">{words::NAME}</label>
            <input
                class="field"
                id="plan-name"
                type="text"
                autocomplete="off"
                maxlength=NAME_CHARS_MAX
                value=first
                placeholder=words::NAME_HINT
                node_ref=input
            />
            {makes.then(|| view! { <ForEveryone everyone /> })}
            <Problem words=trouble />
            <FormEnd word=button closed=busy open />
        </form>
    }
}

/// What everyone else is to be in the new plan.
#[component]
fn ForEveryone(everyone: RwSignal<Option<Role>>) -> impl IntoView {
    let chosen = Callback::new(move |role| everyone.set(role));
    view! {
        <span>{words::EVERYONE_ELSE}</span>
        <EveryoneSelect role=None chosen />
        <p class="muted small">{move || words::everyone_means(everyone.get())}</p>
    }
}

fn go_to(router: Router, plan: PlanId) {
    router.go(Route::Plan {
        plan,
        place: PlanPlace::default(),
    });
}
