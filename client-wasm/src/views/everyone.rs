//! What everyone of the workspace is in a plan who is not named in it, to choose.

use domain::Role;
use leptos::prelude::*;

use crate::words;

/// What everyone may be: who decides about a plan, or manages who works in it, is named.
const ROLES: [Role; 4] = [Role::Seller, Role::Political, Role::Expert, Role::Observer];

/// The choice.
#[component]
pub(crate) fn EveryoneSelect(
    /// What they are now; None for no part at all.
    role: Option<Role>,
    /// Called with what they are to be.
    chosen: Callback<Option<Role>>,
) -> impl IntoView {
    let option = |choice: Role| {
        view! {
            <option value=choice.as_str() selected=role == Some(choice)>
                {choice.label()}
            </option>
        }
    };
    view! {
        <select
            class="field select"
            aria-label=words::EVERYONE_ELSE
            on:change=move |event| chosen.run(event_target_value(&event).parse().ok())
        >
            <option value="" selected=role.is_none()>
                {words::NO_PART_AT_ALL}
            </option>
            {ROLES.map(option).collect_view()}
        </select>
    }
}
