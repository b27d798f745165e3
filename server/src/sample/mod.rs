//! `--sample`: a plan to look at, written by a dozen people over five weeks. Every edit of it goes through the same
//! admission as anybody's, with the clock turned back to when it was made.

mod script;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use domain::{ActorId, PersonId, PlanId, Role, Schema, TimestampMs};
use journal::{Append, AppendError, Journal, Key, NewRecord, SegmentJournal, StreamId};
use plan::Keyring;
use relay::{Limits, Output, Room, RoomInit, SubmitError};
use workspace::Command;

use crate::clock::Clock;
use crate::directory::{Directory, DirectoryError};
use crate::keys::{KeyError, KeyStore};
use crate::secret::{new_uuid, random_bytes};

pub use script::{DataError, Member, Script, Step};

/// Why there is no sample plan.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The data file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A person or the plan could not be made.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An edit was not admitted: a fault of the data file.
    #[error("the sample's edit at {at}: {why}")]
    Edit {
        /// When it was to be made, in milliseconds since 1970.
        at: i64,
        /// Why not.
        why: SubmitError,
    },
    /// The journal did not take an edit.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The keys of its contacts could not be stored.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The room gave up.
    #[error("the sample plan's room failed: {0}")]
    Failed(String),
}

/// Makes the sample's people and its plan, if the workspace has no plan yet.
///
/// The plan is announced to the workspace last: a start that is interrupted leaves no half a plan behind.
pub async fn ensure(
    journal: &Arc<SegmentJournal>,
    keys: &KeyStore,
    schema: &Arc<Schema>,
    now: TimestampMs,
) -> Result<(), SampleError> {
    let directory = Directory::open(Arc::clone(journal), Clock::System).await?;
    let state = directory.state();
    if !state.plans().is_empty() {
        return Ok(());
    }
    let known: BTreeMap<String, PersonId> = state
        .people()
        .iter()
        .map(|(id, person)| (person.email.clone(), *id))
        .collect();
    let script = Script::as_of(now, schema, &known)?;
    let then = Clock::Manual(Arc::new(AtomicI64::new(script.begins.0)));
    let directory = Directory::open(Arc::clone(journal), then).await?;
    for member in script.people.iter().filter(|member| !known.contains_key(&member.email)) {
        let add = Command::AddPerson {
            person: member.id,
            email: member.email.clone(),
            name: member.name.clone(),
            administrator: member.administrator,
            by: PersonId::SERVER,
        };
        directory.run(PersonId::SERVER, add).await?;
    }
    let plan = PlanId(new_uuid(script.begins));
    write_plan(journal, keys, schema, plan, &script).await?;
    let create = Command::CreatePlan {
        plan,
        name: script.plan_name.clone(),
        by: script.founder,
        copied_from: None,
        // The sample is there to be tried: whoever signs in takes part.
        everyone: Some(Role::Seller),
    };
    directory.run(script.founder, create).await?;
    // Whoever tries the product signs in as the administrator, and should find every right.
    let administrator = script.people.iter().find(|member| member.administrator);
    if let Some(administrator) = administrator.filter(|member| member.id != script.founder) {
        let give = Command::GiveRole {
            plan,
            person: administrator.id,
            role: Role::ClientExecutive,
            by: script.founder,
        };
        directory.run(script.founder, give).await?;
    }
    tracing::info!(%plan, edits = script.steps.len(), "made the sample plan");
    Ok(())
}

async fn write_plan(
    journal: &SegmentJournal,
    keys: &KeyStore,
    schema: &Arc<Schema>,
    plan: PlanId,
    script: &Script,
) -> Result<(), SampleError> {
    let init = RoomInit {
        plan,
        schema: Arc::clone(schema),
        table: plan::Table::new(),
        epoch: 0,
        last_at: script.begins,
        owners: BTreeMap::new(),
        snapshot: None,
        people: Vec::new(),
        access: relay::Access::open(domain::Role::ClientExecutive),
        keyring: Keyring::new(Arc::clone(schema)),
        entropy: random_bytes(),
        unavailable: None,
        limits: Limits::default(),
    };
    let mut room = Room::new(script.begins, init);
    settle(&mut room, journal, keys, plan, script.begins).await?;
    for step in &script.steps {
        let made = room.submit_as(step.at, step.author, actor_of(plan, step.author), &step.edits);
        made.map_err(|why| SampleError::Edit { at: step.at.0, why })?;
        settle(&mut room, journal, keys, plan, step.at).await?;
    }
    Ok(())
}

/// Puts on disk what the room wants there, until it wants nothing.
async fn settle(
    room: &mut Room,
    journal: &SegmentJournal,
    keys: &KeyStore,
    plan: PlanId,
    now: TimestampMs,
) -> Result<(), SampleError> {
    while let Some(output) = room.poll_output() {
        match output {
            Output::Append { expect, entries } => {
                let records = entries.into_iter().map(|entry| NewRecord {
                    key: Key(entry.hash.0),
                    at: entry.at,
                    payload: entry.payload,
                });
                let append = Append {
                    stream: StreamId(plan.0),
                    expect: Some(expect),
                    records: records.collect(),
                };
                let committed = journal.append(append).await?;
                let placed: Vec<_> = committed.records.iter().map(|placed| (placed.seq, placed.at)).collect();
                room.handle_committed(now, &placed);
            }
            Output::StoreKeys(new) => {
                keys.store(plan, &new, now)?;
                room.handle_keys_stored(now);
            }
            Output::Failed(why) => return Err(SampleError::Failed(why)),
            // Nobody is in the room; its facts are folded from the journal when the plan is first opened.
            Output::Send { .. }
            | Output::Load { .. }
            | Output::LoadSnapshot { .. }
            | Output::Close { .. }
            | Output::Facts(_)
            | Output::Denied { .. }
            | Output::Saved(_)
            | Output::Timeout(_) => {}
        }
    }
    Ok(())
}

/// The device that a person of the sample made all edits on.
fn actor_of(plan: PlanId, person: PersonId) -> ActorId {
    let mut named = blake3::Hasher::new_derive_key("interlock sample actor");
    named.update(plan.0.as_bytes());
    named.update(person.0.as_bytes());
    let mut actor = [0; 16];
    named.finalize_xof().fill(&mut actor);
    ActorId(actor)
}
