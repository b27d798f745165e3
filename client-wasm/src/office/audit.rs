//! Taking the audit out: who did what, as a file.

use domain::PlanId;
use leptos::prelude::*;

use crate::api::audit::{Format, address};
use crate::words;

/// A link for each way in which it is written.
#[component]
pub(super) fn TakeOut(
    /// Of which plan; none: of the workspace.
    plan: Option<PlanId>,
) -> impl IntoView {
    let link = move |format: Format| {
        view! {
            // With the attribute an answer that is no file leaves the page where it is.
            <a class="btn small" href=address(plan, format) download="">
                {words::audit_as(format)}
            </a>
        }
    };
    view! { <p class="buttons wrap take-out">{Format::ALL.map(link).collect_view()}</p> }
}

/// The workspace's.
#[component]
pub(super) fn OfWorkspace() -> impl IntoView {
    view! {
        <h2 class="over-table">{words::AUDIT}</h2>
        <p class="muted small">{words::AUDIT_HINT}</p>
        <TakeOut plan=None />
    }
}

/// A plan's, in a card of its own.
#[component]
pub(super) fn OfPlan(plan: PlanId) -> impl IntoView {
    view! {
        <section class="card audit" aria-label=words::AUDIT>
            <h2>{words::AUDIT}</h2>
            <p class="muted small">{words::PLAN_AUDIT_HINT}</p>
            <TakeOut plan=Some(plan) />
        </section>
    }
}
