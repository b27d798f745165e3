//! Refused writes and failed sign-ins for the audit: one event for all of a person in a plan and a short time, and one for
//! all sign-ins that failed, so that whoever tries a thousand times fills no journal.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{PersonId, PlanId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use workspace::Command;

use crate::directory::Directory;

/// How long refusals of a person in a plan are gathered after one was written down.
const GATHER_TIME: Duration = Duration::from_secs(10);
/// How long failed sign-ins are gathered. Anybody can make them fail, so they are written less often.
const SIGN_INS_GATHER_TIME: Duration = Duration::from_mins(1);
/// Refusals that may wait to be counted. They come one for each frame at most; what is more is not counted.
const WAITING_MAX: usize = 1024;
/// Persons and plans of whom refusals are gathered at once.
const GATHERED_MAX: usize = 4096;

/// Takes refusals down.
#[derive(Debug, Clone)]
pub struct Denials {
    notes: mpsc::Sender<Note>,
}

/// Whose refusals are gathered; None: sign-ins that failed, of whom nobody knows whose they are.
type Whose = Option<(PlanId, PersonId)>;

#[derive(Debug)]
enum Note {
    Denied(Whose, u32, String),
    /// Writes down what is gathered, and answers.
    Close(oneshot::Sender<()>),
}

/// What was refused since the last event.
#[derive(Debug)]
struct Gathered {
    count: u32,
    /// Of the first.
    reason: String,
    /// When it is written down; with nothing refused, forgotten.
    due: Instant,
}

impl Denials {
    /// Begins to gather. It ends with [`Self::close`].
    pub fn start(directory: Directory) -> Self {
        let (notes, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(gather(directory, waiting));
        Self { notes }
    }

    /// Edits of a person were refused because they may not write there. Never waits.
    pub fn note(&self, plan: PlanId, person: PersonId, count: u32, reason: String) {
        let note = Note::Denied(Some((plan, person)), count, reason);
        if self.notes.try_send(note).is_err() {
            tracing::warn!(%plan, %person, count, "refused edits were not counted");
        }
    }

    /// Somebody tried a sign-in link that is not good. Never waits.
    pub fn note_sign_in(&self) {
        if self.notes.try_send(Note::Denied(None, 1, String::new())).is_err() {
            tracing::warn!("a failed sign-in was not counted");
        }
    }

    /// Writes down what is gathered; returns when it is on disk.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.notes.send(Note::Close(done)).await.is_ok() {
            // An error says that the task is gone, with nothing more to write.
            let _ = closed.await;
        }
    }
}

async fn gather(directory: Directory, mut notes: mpsc::Receiver<Note>) {
    let mut gathered: BTreeMap<Whose, Gathered> = BTreeMap::new();
    loop {
        let due = gathered.values().map(|one| one.due).min();
        tokio::select! {
            note = notes.recv() => match note {
                Some(Note::Denied(whose, count, reason)) => take(&mut gathered, whose, count, reason),
                Some(Note::Close(done)) => {
                    for (whose, one) in gathered {
                        write(&directory, whose, one.count, one.reason).await;
                    }
                    // Who closes may have given up waiting.
                    let _ = done.send(());
                    return;
                }
                None => return,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                write_due(&directory, &mut gathered).await;
            }
        }
    }
}

fn take(gathered: &mut BTreeMap<Whose, Gathered>, whose: Whose, count: u32, reason: String) {
    if let Some(one) = gathered.get_mut(&whose) {
        if one.count == 0 {
            one.reason = reason;
        }
        one.count = one.count.saturating_add(count);
    } else if gathered.len() < GATHERED_MAX {
        // The first refusal is told at once; of a sign-in, more may follow that belong to it.
        let wait = if whose.is_some() {
            Duration::ZERO
        } else {
            SIGN_INS_GATHER_TIME
        };
        let due = Instant::now() + wait;
        gathered.insert(whose, Gathered { count, reason, due });
    } else {
        tracing::warn!(?whose, count, "refused edits were not counted");
    }
}

async fn write_due(directory: &Directory, gathered: &mut BTreeMap<Whose, Gathered>) {
    let now = Instant::now();
    gathered.retain(|_, one| one.due > now || one.count > 0);
    for (whose, one) in gathered.iter_mut().filter(|(_, one)| one.due <= now) {
        let (count, reason) = (std::mem::take(&mut one.count), std::mem::take(&mut one.reason));
        one.due = now
            + if whose.is_some() {
                GATHER_TIME
            } else {
                SIGN_INS_GATHER_TIME
            };
        write(directory, *whose, count, reason).await;
    }
}

async fn write(directory: &Directory, whose: Whose, count: u32, reason: String) {
    if count == 0 {
        return;
    }
    let note = match whose {
        Some((plan, person)) => Command::NoteDenied {
            plan,
            person,
            count,
            reason,
        },
        None => Command::NoteFailedSignIns { count },
    };
    if let Err(error) = directory.run(PersonId::SERVER, note).await {
        tracing::warn!(?whose, count, %error, "refusals could not be written down");
    }
}
