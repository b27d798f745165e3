//! What a run has met: a world that meets nothing proves nothing.

use std::collections::BTreeMap;
use std::fmt;

/// Something that a run can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Changes that people made.
    Edits,
    /// Changes in journals at the end.
    Entries,
    /// Undone or redone.
    Undone,
    /// Undo that was refused because another has changed the value.
    ChangedSince,
    /// The server was killed.
    Crashes,
    /// Killed by a loss of power: what no sync had confirmed may be gone.
    PowerCuts,
    /// Killed with an append under way.
    CrashesInAppend,
    /// Killed in the middle of an append.
    TornAppends,
    /// An append that was on disk when the server was killed, and nobody had been told.
    SavedUntold,
    /// The server was told to stop.
    Stops,
    /// Connections that broke.
    Cuts,
    /// Connections that one side, or both, took for alive.
    HalfOpen,
    /// A second connection of a page while the server still had the first.
    DuplicateConnects,
    /// Readers that were left behind and fed from the journal.
    BehindReaders,
    /// Snapshots taken.
    Snapshots,
    /// Pages that were sent a snapshot.
    SnapshotsSent,
    /// Rooms that began from a snapshot and its tail.
    Resumed,
    /// Snapshots or read models on disk that were spoiled.
    SpoiledCaches,
    /// Rooms that left memory.
    Unloads,
    /// Syncs that failed.
    FailedSyncs,
    /// Appends that found no space.
    FullDisks,
    /// Rooms that were built anew after a failed append.
    RoomsRebuilt,
    /// Edits that were refused, with what depends on them.
    Rejected,
    /// Edits that were proposed again after a refusal, and saved.
    ProposedAgain,
    /// Clocks that jumped.
    ClockJumps,
    /// Pages opened after others had edited.
    LateStarts,
    /// Pages that were closed.
    Closed,
    /// Pages that were loaded anew with edits that were not saved.
    Reloads,
    /// Plans copied in full.
    Copies,
    /// Edits that a page did not make, because its person may not.
    NotOffered,
    /// Edits that the server refused, because their author may not write there.
    Denied,
    /// Frames with keys of contacts.
    KeysSent,
    /// Commands that the workspace refused.
    CommandsRefused,
    /// Decisions of the workspace that could not be stored.
    CommandsUnsaved,
    /// Stages that plans were taken to.
    StagesSet,
    /// Pages whose person became something else in the plan, or was at another stage.
    StandingsChanged,
    /// Of them, those who wrote before and do not any more.
    Demoted,
    /// Pages whose person lost every part in the plan.
    ShutOut,
    /// Pages whose person got one again.
    LetIn,
    /// Changes of a standing while edits of the page were not saved.
    ChangedUnderEdits,
    /// While it was offline.
    ChangedOffline,
    /// While its connection was broken, and it did not know.
    ChangedHalfOpen,
    /// While the plan was coming.
    ChangedInOpening,
    /// While its plan had an append under way.
    ChangedInAppend,
    /// The server was killed after a change was stored, and before its rooms had heard of it.
    CrashesUntold,
    /// The server was killed while a decision was on its way to the disk.
    CrashesInDecision,
    /// Tabs that found the actor of their browser with another tab.
    SharedBrowsers,
    /// Actors that a later page took again.
    ActorsTakenAgain,
    /// Actors that it did not, because their edits were not all saved.
    ActorsLeft,
    /// Backups that were made.
    Backups,
    /// Backups that were put back.
    Restores,
    /// Entries that were told, and are gone since.
    GoneWithRestore,
    /// Cells with several values at the end.
    ConcurrentCells,
    /// Frames that the server sent.
    Frames,
    /// Steps of all runs.
    Steps,
}

/// How often each was met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<Seen, u64>,
}

impl Coverage {
    /// Counts one.
    pub(crate) fn one(&mut self, seen: Seen) {
        self.add(seen, 1);
    }

    /// Counts some.
    pub(crate) fn add(&mut self, seen: Seen, count: u64) {
        *self.counts.entry(seen).or_default() += count;
    }

    /// How often.
    pub fn count(&self, seen: Seen) -> u64 {
        self.counts.get(&seen).copied().unwrap_or(0)
    }

    /// Takes in another run's.
    pub fn merge(&mut self, other: &Self) {
        for (seen, count) in &other.counts {
            self.add(*seen, *count);
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (seen, count)) in self.counts.iter().enumerate() {
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}{seen:?} {count}")?;
        }
        Ok(())
    }
}
