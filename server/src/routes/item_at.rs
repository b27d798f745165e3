//! An item of a plan as a request names it: what is the same of everything that reads or writes one.

use std::sync::Arc;

use axum::http::HeaderMap;
use domain::{ActorId, ItemId, PersonId, PlanId, Right, Schema, SectionId};
use plan::{Edit, Table};

use super::etag::{Tagged, check_match, if_match, tagged};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::content::{self, Lens, Target, View};
use crate::earlier;
use crate::idempotency::{Seed, Turn};
use crate::problem::ApiError;

/// That the caller may read the plan; how much of it.
pub(super) fn reads(app: &App, caller: &Caller, plan: PlanId) -> Result<Lens, ApiError> {
    let state = app.directory.state();
    caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
    let personal = caller.may(&state, plan, Right::ReadPersonal);
    let keyring = app.keys.reader(plan, personal);
    Ok(Lens { personal, keyring })
}

/// That the caller may write in the plan.
pub(super) fn writes(app: &App, caller: &Caller, plan: PlanId) -> Result<(), ApiError> {
    let state = app.directory.state();
    let may = reads(app, caller, plan).and_then(|_| rights::in_scope(&state, caller, plan, Right::EditContent));
    rights::noted(app, caller, plan, may)?;
    app.fairness.command(caller.person)?;
    if state.plan(plan).is_none_or(|record| record.archived) {
        return Err(ApiError::Refused(workspace::Refused::PlanArchived));
    }
    Ok(())
}

/// The plan cannot be looked at.
pub(super) fn unreadable() -> ApiError {
    ApiError::Unavailable("the plan cannot be read now: try again shortly".to_owned())
}

/// An item, and who asks.
pub(super) struct ItemAt<'a> {
    app: &'a App,
    caller: &'a Caller,
    plan: PlanId,
    section: SectionId,
    item: ItemId,
}

impl<'a> ItemAt<'a> {
    pub(super) const fn new(
        app: &'a App,
        caller: &'a Caller,
        (plan, section, item): (PlanId, SectionId, ItemId),
    ) -> Self {
        Self {
            app,
            caller,
            plan,
            section,
            item,
        }
    }

    /// Where and for whom something is written.
    pub(super) const fn target(&self) -> Target {
        Target {
            section: self.section,
            item: self.item,
            person: self.caller.person,
        }
    }

    /// Who writes, and as which actor.
    fn author(&self) -> (PersonId, ActorId) {
        (self.caller.person, content::actor(self.plan, self.caller.person))
    }

    /// Whether an earlier try of the same request has written already.
    pub(super) async fn is_written(&self, turn: &Turn) -> Result<bool, ApiError> {
        Ok(turn.is_again() && earlier::is_written(self.app, self.plan, self.author(), turn).await?)
    }

    /// Something of the item as the caller may read it now, with the item's tag. What was just made has keys that were not
    /// there before it.
    pub(super) async fn show<T: Send + 'static>(
        &self,
        view: impl Fn(&Table, &Schema, &Lens, SectionId, ItemId) -> T + Clone + Send + 'static,
    ) -> Result<Tagged<T>, ApiError> {
        let (section, item) = (self.section, self.item);
        let (lens, schema) = (reads(self.app, self.caller, self.plan)?, Arc::clone(&self.app.schema));
        let look = move |table: &Table| {
            let seen = || view(table, &schema, &lens, section, item);
            content::has_item(table, section, item).then(|| (content::tag(table, section, item), seen()))
        };
        let looked = self.app.rooms.look(self.plan, look).await.ok_or_else(unreadable)?;
        let (tag, view) = looked.ok_or(ApiError::NotFound("item"))?;
        Ok(tagged(&tag, view))
    }

    /// Whether what shows who asks was made for what is personal.
    fn scope_for_personal(&self) -> Result<(), String> {
        let state = self.app.directory.state();
        rights::in_scope(&state, self.caller, self.plan, Right::ReadPersonal).map_err(|why| why.to_string())
    }

    /// Makes the item, in view of what is there; on disk when this returns.
    pub(super) async fn make(
        &self,
        seed: Seed,
        edits: impl Fn(View<'_>) -> Result<Vec<Edit>, ApiError> + Clone + Send + 'static,
    ) -> Result<(), ApiError> {
        let (section, item) = (self.section, self.item);
        self.propose(seed, move |view| {
            if view.table.has_item(section, item) {
                return Err(ApiError::ItemExists);
            }
            edits(view)
        })
        .await
    }

    /// Edits the item, which must be there, and as the request says, if it says so; on disk when this returns.
    pub(super) async fn write(
        &self,
        headers: &HeaderMap,
        seed: Seed,
        edits: impl Fn(View<'_>) -> Result<Vec<Edit>, ApiError> + Clone + Send + 'static,
    ) -> Result<(), ApiError> {
        let (section, item, wanted) = (self.section, self.item, if_match(headers));
        self.propose(seed, move |view| {
            if !view.table.has_item(section, item) {
                return Err(ApiError::NotFound("item"));
            }
            check_match(wanted.as_deref(), &content::tag(view.table, section, item))?;
            edits(view)
        })
        .await
    }

    async fn propose(
        &self,
        seed: Seed,
        edits: impl Fn(View<'_>) -> Result<Vec<Edit>, ApiError> + Clone + Send + 'static,
    ) -> Result<(), ApiError> {
        let (schema, scope) = (Arc::clone(&self.app.schema), self.scope_for_personal());
        let people = self.app.directory.state();
        let propose = move |table: &Table| {
            let edits = edits(View {
                schema: &schema,
                table,
                people: &people,
            })?;
            check_personal(&schema, &scope, &edits)?;
            Ok((edits, ()))
        };
        let (rooms, (person, actor)) = (&self.app.rooms, self.author());
        rooms
            .propose_claimed(self.plan, person, actor, seed.at(), propose)
            .await?
    }
}

/// A token that may not read what is personal does not write it either: that nothing changes would say what stands there.
/// Whose role does not read it, is refused where edits are admitted.
fn check_personal(schema: &Schema, scope: &Result<(), String>, edits: &[Edit]) -> Result<(), ApiError> {
    let is_personal = |edit: &Edit| match edit {
        Edit::Put { cell, .. }
        | Edit::Clear { cell }
        | Edit::Splice { cell, .. }
        | Edit::MakeParagraph { cell, .. } => schema.seal_of(cell).is_some(),
        Edit::MakeItem { .. } => false,
    };
    match scope {
        Err(why) if edits.iter().any(is_personal) => Err(ApiError::Denied(why.clone())),
        _ => Ok(()),
    }
}
