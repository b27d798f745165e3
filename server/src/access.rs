//! Who may what in a plan, as its room is told.

use domain::PlanId;
use relay::Access;
use workspace::State;

/// What the workspace says of a plan. Of one that is not there, nobody is anything.
pub fn of_plan(state: &State, plan: PlanId) -> Access {
    let Some(access) = state.access(plan) else {
        return Access::default();
    };
    Access {
        stage: access.stage,
        everyone: access.everyone,
        roles: access.roles,
        without: access.without,
        generation: access.generation,
    }
}
