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

/// Reads something of a plan that is work to find, in the caller's turn. What they may see is asked when it is their turn;
/// what has begun goes on to its end, in their turn, though they are gone.
pub(super) async fn in_turn<T, R>(
    app: &Arc<App>,
    caller: Caller,
    plan: PlanId,
    read: impl FnOnce(Arc<App>, Reader) -> R,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    R: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let turn = app.fairness.read_turn(caller.person).await?;
    if !caller.is_current(app) {
        return Err(ApiError::SignedOut);
    }
    let reading = read(Arc::clone(app), reader(app, &caller, plan)?);
    let task = tokio::spawn(async move {
        let done = reading.await;
        drop(turn);
        done
    });
    task.await
        .unwrap_or_else(|error| Err(ApiError::Internal(error.to_string())))
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
