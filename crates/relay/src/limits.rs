//! Every bound of a room, in one place, with its unit and its reason.

use domain::schema::PARAGRAPH_CHARS_MAX;

/// Longest change that is admitted, in bytes: with its place in the stream it must fit into one frame.
pub(crate) const CHANGE_BYTES_MAX: usize = 768 * 1024;
/// Most entries of a directory (people, actors) in one frame: 32 bytes an actor, up to 300 a person.
pub const DIRECTORY_PER_FRAME_MAX: usize = 2_048;
/// Largest Presence and Entries frame that a room makes of several parts, in bytes.
pub(crate) const FRAME_BYTES: usize = 512 * 1024;
/// Most keys that one person gives of contacts that are not in the plan yet: two for each that is being made.
pub(crate) const KEYS_UNCLAIMED_MAX: usize = 2_048;
/// How many commit times are remembered, to answer a change that is sent again.
pub(crate) const COMMIT_TIMES_MAX: usize = 4_096;
/// How many actors are remembered of whom something could not be saved: what follows of one that is forgotten is taken for
/// a lie. A plan has fewer pages at a time.
pub(crate) const INTERRUPTED_ACTORS_MAX: usize = 4_096;
/// Longest time for which edits are refused before the disk is tried again, in milliseconds.
pub(crate) const UNAVAILABLE_MS_MAX: i64 = 60_000;

/// Bounds of a room.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bounds of one change.
    pub change: plan::Limits,
    /// Most peers in a room.
    pub peers_max: usize,
    /// Most changes in one Submit.
    pub submit_changes_max: usize,
    /// Most changes of one peer that are not on disk yet.
    pub unsaved_changes_max: usize,
    /// Most bytes of one peer's changes that are not on disk yet.
    pub unsaved_bytes_max: usize,
    /// Most bytes of changes in the room that are not on disk yet: what a stalled disk may cost in memory.
    pub room_unsaved_bytes_max: usize,
    /// Most changes in one commit group.
    pub group_changes_max: usize,
    /// Most bytes in one commit group; one larger change is a group of its own.
    pub group_bytes_max: usize,
    /// Most actors of one person in a plan. Actors are dear for every replica: 3,000 of them instead of 30 made a plan
    /// of 200,000 changes load in 2.2 s instead of 0.8.
    pub actors_per_person_max: usize,
    /// How many refused actors are remembered. Forgetting one is safe: what follows a refused change has a gap in its
    /// sequence, which the guard refuses.
    pub rejected_actors_max: usize,
    /// Frames a second that a peer may send for long.
    pub frames_per_second: u32,
    /// Frames that a peer may send at once.
    pub frames_burst: u32,
    /// Bytes under way to a peer above which it is left behind and fed from the journal.
    pub send_budget_bytes: usize,
    /// Bytes under way to a peer above which it is disconnected: it sends without reading what comes back.
    pub send_bytes_max: usize,
    /// Bytes of history asked for at a time.
    pub load_bytes: usize,
    /// Bytes of a snapshot asked for at a time.
    pub snapshot_piece_bytes: usize,
    /// How many entries newer than what a client has a snapshot must be, to be sent instead of the tail alone.
    pub snapshot_ahead_entries: u64,
    /// From so many peers on, changes are gathered: one group for the journal, and one frame for each peer, of what comes
    /// within a moment. Among few nobody waits.
    pub gather_peers_min: usize,
    /// Rest from one append to the next for each peer, in microseconds: the more there are, the dearer a group.
    pub gather_us_per_peer: i64,
    /// The longest rest between two appends, in milliseconds: shorter than anybody notices on another's screen.
    pub gather_ms_max: i64,
    /// So many changes are enough for a group: the rest is over after a tenth of it.
    pub gather_changes: usize,
    /// Milliseconds between two presence frames. One that can go out with entries costs no call to the system of its own,
    /// and does not wait.
    pub presence_interval_ms: i64,
    /// The same for each peer, where there are so many that it is more: everyone's move goes to everyone.
    pub presence_ms_per_peer: i64,
    /// The longest interval, in milliseconds.
    pub presence_ms_max: i64,
    /// Longest draft that is passed on, in characters.
    pub draft_chars_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            change: plan::Limits::default(),
            peers_max: 4_096,
            submit_changes_max: 1_024,
            unsaved_changes_max: 8_192,
            unsaved_bytes_max: 8 * 1024 * 1024,
            room_unsaved_bytes_max: 64 * 1024 * 1024,
            group_changes_max: 1_024,
            group_bytes_max: FRAME_BYTES,
            actors_per_person_max: 2_000,
            rejected_actors_max: 4_096,
            frames_per_second: 500,
            frames_burst: 1_000,
            send_budget_bytes: 1024 * 1024,
            send_bytes_max: 3 * 1024 * 1024,
            load_bytes: 256 * 1024,
            snapshot_piece_bytes: 256 * 1024,
            snapshot_ahead_entries: 2_000,
            gather_peers_min: 8,
            gather_us_per_peer: 3_300,
            gather_ms_max: 100,
            gather_changes: 4,
            presence_interval_ms: 60,
            presence_ms_per_peer: 5,
            presence_ms_max: 250,
            draft_chars_max: PARAGRAPH_CHARS_MAX,
        }
    }
}
