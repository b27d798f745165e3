//! Who looks into a plan, and how much of it they see: asked first by every address that shows a plan's content.

use std::sync::Arc;

use domain::{PersonId, PlanId, Right, Standing};

use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::read_models::{Moment, Telling, TravelError};
use crate::sight::Eyes;

/// Somebody who may read a plan.
pub(super) struct Reader {
    /// The plan.
    pub(super) plan: PlanId,
    /// Who.
    pub(super) person: PersonId,
    /// What they are in it.
    pub(super) standing: Standing,
    /// How it is told to them.
    pub(super) telling: Telling,
}

/// Lets the caller look into the plan, if they may read it: to others it is not there.
pub(super) fn reader(app: &App, caller: &Caller, plan: PlanId) -> Result<Reader, ApiError> {
    let people = app.directory.state();
    let standing = caller.standing_in(&people, plan).ok_or(ApiError::NotFound("plan"))?;
    let sight = caller.sight(&people, plan);
    let keyring = app.keys.reader(plan, sight.personal);
    Ok(Reader {
        plan,
        person: caller.person,
        standing,
        telling: Telling {
            eyes: Eyes::new(
                Arc::clone(&app.schema),
                sight,
                Arc::new(move |cell, stored| keyring.open_or_mark(cell, stored)),
            ),
            invites: caller.may(&people, plan, Right::ManageMembers),
            people,
        },
    })
}

/// A moment by an entry or a time, not both; neither is now.
pub(super) fn moment(
    seq: Option<domain::Seq>,
    at: Option<domain::TimestampMs>,
    which: &str,
) -> Result<Moment, ApiError> {
    match (seq, at) {
        (Some(_), Some(_)) => Err(ApiError::BadRequest(format!(
            "a moment is told by an entry or by a time, not both: {which}"
        ))),
        (Some(seq), None) => Ok(Moment::Seq(seq)),
        (None, Some(at)) => Ok(Moment::At(at)),
        (None, None) => Ok(Moment::Now),
    }
}

impl From<TravelError> for ApiError {
    fn from(error: TravelError) -> Self {
        match error {
            TravelError::Beyond { .. } => Self::BadRequest(error.to_string()),
            TravelError::NotNow => Self::Unavailable(error.to_string()),
        }
    }
}
