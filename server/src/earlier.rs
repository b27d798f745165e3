//! Whether an earlier try of what is asked for again has reached the journal: the change bears the time of the key's seed,
//! as no other change of the server's does.

use domain::{ActorId, PersonId, PlanId};
use journal::{Journal, Record};
use plan::{Limits, decode, precheck};

use crate::app::App;
use crate::idempotency::Turn;
use crate::problem::ApiError;
use crate::refold::change;

/// How much of the stream is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Whether the change of a turn that was begun before is on disk.
pub async fn is_written(
    app: &App,
    plan: PlanId,
    (person, actor): (PersonId, ActorId),
    turn: &Turn,
) -> Result<bool, ApiError> {
    let unreadable = || ApiError::Unavailable("the plan cannot be read now: try again shortly".to_owned());
    // Who asked may have gone while the change was under way: once this is answered it is on disk, or will never be.
    app.rooms.look(plan, |_| ()).await.ok_or_else(unreadable)?;
    let mut next = turn.before().next();
    loop {
        let records = app.journal.read(plan.into(), next, READ_BYTES).await?;
        let Some(last) = records.last() else {
            return Ok(false);
        };
        next = last.seq.next();
        if records.iter().any(|record| is_it(record, person, actor, turn)) {
            return Ok(true);
        }
    }
}

fn is_it(record: &Record, person: PersonId, actor: ActorId, turn: &Turn) -> bool {
    // What is in the journal was read when it was admitted.
    let Ok(Some(change)) = change(record) else { return false };
    let is_theirs = change.author == person;
    let decoded = || decode(&precheck(&change.bytes, &Limits::of_journal()).ok()?).ok();
    is_theirs && decoded().is_some_and(|change| change.actor == actor && change.time == turn.seed().at().0)
}
