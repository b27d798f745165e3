//! What a caller may ask for, before the workspace decides it: a token does only what it was made for. What the workspace
//! refuses because of what the person is in a plan is noted for the audit.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use domain::event::Scope;
use domain::{PersonId, PlanId, Right, WorkspaceEvent};
use workspace::{Command, Refused, State};

use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;

/// Refuses a token that was not made for this in a plan. One that was not made for the plan is told that there is none.
pub(super) fn in_scope(state: &State, caller: &Caller, plan: PlanId, right: Right) -> Result<(), ApiError> {
    if !caller.is_for(state, plan, Right::Read) {
        Err(ApiError::NotFound("plan"))
    } else if !caller.is_for(state, plan, right) {
        Err(out_of_scope(Scope::of(right)))
    } else {
        Ok(())
    }
}

/// Refuses a token that was not made for what concerns no single plan.
pub(super) fn in_scope_of_all(state: &State, caller: &Caller, scope: Scope) -> Result<(), ApiError> {
    if caller.is_for_all(state, scope) {
        Ok(())
    } else {
        Err(out_of_scope(scope))
    }
}

fn out_of_scope(scope: Scope) -> ApiError {
    ApiError::Denied(format!(
        "this token was not made for that: it needs the scope '{scope}'"
    ))
}

/// Decides something about a plan for the caller.
pub(super) async fn command_in(
    app: &App,
    caller: &Caller,
    plan: PlanId,
    right: Right,
    command: Command,
) -> Result<Vec<WorkspaceEvent>, ApiError> {
    commands_in(app, caller, plan, vec![(right, command)], |_| true).await
}

/// Decides several things about a plan as one, if the workspace is as it should be.
pub(super) async fn commands_in(
    app: &App,
    caller: &Caller,
    plan: PlanId,
    commands: Vec<(Right, Command)>,
    only_if: impl FnOnce(&State) -> bool + Send + 'static,
) -> Result<Vec<WorkspaceEvent>, ApiError> {
    app.fairness.command(caller.person)?;
    let state = app.directory.state();
    let mut rights = commands.iter().map(|(right, _)| *right);
    let scope = rights.try_for_each(|right| in_scope(&state, caller, plan, right));
    noted(app, caller, plan, scope)?;
    let commands = commands.into_iter().map(|(_, command)| command).collect();
    let decided = app.directory.run_if(caller.person, commands, only_if).await;
    noted(app, caller, plan, decided.map_err(ApiError::from))
}

/// Notes for the plan's audit that the caller wanted what they may not. Whoever has no part in the plan is told that there is
/// none, and the audit that they tried.
pub(super) fn noted<T>(app: &App, caller: &Caller, plan: PlanId, answer: Result<T, ApiError>) -> Result<T, ApiError> {
    let why = match &answer {
        Err(ApiError::Denied(why)) => Some(why.clone()),
        Err(ApiError::Refused(refused)) if is_denial(refused) => Some(refused.to_string()),
        Err(ApiError::NotFound("plan") | ApiError::Refused(Refused::NoSuchPlan)) => {
            let is_there = app.directory.state().plan(plan).is_some();
            is_there.then(|| "this plan is not there for them".to_owned())
        }
        _ => None,
    };
    if let Some(why) = why {
        app.denials.note(plan, caller.person, 1, why);
    }
    answer
}

/// Decides something about the workspace for the caller.
pub(super) async fn command(
    app: &App,
    caller: &Caller,
    scope: Scope,
    command: Command,
) -> Result<Vec<WorkspaceEvent>, ApiError> {
    app.fairness.command(caller.person)?;
    in_scope_of_all(&app.directory.state(), caller, scope)?;
    Ok(app.directory.run(caller.person, command).await?)
}

/// Decides something about a plan for the caller, who is told no more than that it is done.
pub(super) async fn done_in(
    app: &App,
    caller: &Caller,
    plan: PlanId,
    right: Right,
    command: Command,
) -> Result<StatusCode, ApiError> {
    let decided = command_in(app, caller, plan, right, command).await;
    decided.map(|_| StatusCode::NO_CONTENT)
}

/// The same about the workspace.
pub(super) async fn done(app: &App, caller: &Caller, scope: Scope, command: Command) -> Result<StatusCode, ApiError> {
    let decided = self::command(app, caller, scope, command).await;
    decided.map(|_| StatusCode::NO_CONTENT)
}

/// Whether it is refused because of what the person is there, not because of what is asked for.
const fn is_denial(refused: &Refused) -> bool {
    matches!(
        refused,
        Refused::NotAllowed(_) | Refused::RaisesSelf | Refused::AboveYou(_)
    )
}

/// Refuses who does not run the workspace, and a token that was not made for that.
pub(super) fn administrator(state: &State, caller: &Caller) -> Result<(), ApiError> {
    in_scope_of_all(state, caller, Scope::Manage)?;
    if state.is_administrator(caller.person) {
        Ok(())
    } else {
        Err(Refused::NotAdministrator.into())
    }
}

/// The people whom the caller is told of: those with whom they share a plan, for administrators everyone.
pub(super) fn people_shown(state: &State, caller: &Caller) -> BTreeSet<PersonId> {
    if administrator(state, caller).is_ok() {
        return state.people().keys().copied().collect();
    }
    if caller.is_for_all(state, Scope::Read) {
        return state.companions(caller.person);
    }
    // A token for some plans: who reads those.
    let plans: Vec<PlanId> = state.readable_plans(caller.person).map(|(id, _)| id).collect();
    let shared = plans
        .into_iter()
        .filter(|plan| caller.standing_in(state, *plan).is_some());
    let shared: Vec<PlanId> = shared.collect();
    let reads = |person: PersonId| shared.iter().any(|plan| state.may(*plan, person, Right::Read));
    let others = state.people().keys().copied().filter(|person| reads(*person));
    others.chain([caller.person]).collect()
}
