//! Every bound of a session, in one place, with its unit.

/// Most changes in one Submit.
pub(crate) const SUBMIT_CHANGES_MAX: usize = 64;
/// About how many bytes of changes one Submit takes; a single longer change goes alone.
pub(crate) const SUBMIT_BYTES_MAX: usize = 128 * 1024;
/// Most bytes of changes that are sent and not acknowledged.
pub(crate) const IN_FLIGHT_BYTES_MAX: usize = 1024 * 1024;
/// Most changes that are sent and not acknowledged.
pub(crate) const IN_FLIGHT_CHANGES_MAX: usize = 512;
/// Most changes that wait to be saved; after that editing stops until some are.
pub(crate) const OUTBOX_CHANGES_MAX: usize = 100_000;
/// Most bytes of changes that wait to be saved.
pub(crate) const OUTBOX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most entries that are kept to propose edits again just where they were made; without them, they are made anew on
/// the plan as it is.
pub(crate) const LOG_ENTRIES_MAX: usize = 20_000;

/// Milliseconds for which entries are gathered, to be applied as one batch: applying costs by batch more than by
/// change (0.24 ms for one at 1,000 changes of history, 1.8 ms at 200,000).
pub(crate) const GATHER_MS: i64 = 16;
/// The same when many come.
pub(crate) const GATHER_BUSY_MS: i64 = 48;
/// How many entries in one batch are many.
pub(crate) const GATHER_BUSY_ENTRIES: usize = 6;
/// Most entries in one batch.
pub(crate) const GATHER_ENTRIES_MAX: usize = 1_000;
/// Bytes of entries that make a batch full.
pub(crate) const GATHER_BYTES_MAX: usize = 1024 * 1024;

/// Milliseconds between two frames that say where I am.
pub(crate) const PLACE_INTERVAL_MS: i64 = 100;
/// Longest draft that is sent, in characters.
pub(crate) const DRAFT_CHARS_MAX: usize = domain::schema::PARAGRAPH_CHARS_MAX;
/// Most peers that are remembered.
pub(crate) const PEERS_MAX: usize = 10_000;
/// Most people that are remembered.
pub(crate) const PEOPLE_MAX: usize = 100_000;
/// Most actors whose owner is remembered.
pub(crate) const ACTORS_MAX: usize = 100_000;

/// Milliseconds in which a connection must open and the server answer.
pub(crate) const WELCOME_MS: i64 = 15_000;
/// Milliseconds in which a sent change must be acknowledged, and in which a plan that opens must make progress; else
/// the connection counts as dead.
pub(crate) const SILENCE_MS: i64 = 30_000;
/// Milliseconds before edits are sent again that the server could not take.
pub(crate) const UNAVAILABLE_MS: i64 = 5_000;
/// Milliseconds before the first try to connect again.
pub(crate) const RETRY_FIRST_MS: i64 = 250;
/// Most milliseconds between two tries.
pub(crate) const RETRY_MAX_MS: i64 = 30_000;

/// Longest snapshot that is taken, in bytes.
pub(crate) const SNAPSHOT_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Steps of undo that are kept.
pub(crate) const UNDO_STEPS_MAX: usize = 200;
/// Milliseconds between two edits of a burst that make one step of undo.
pub(crate) const UNDO_MERGE_MS: i64 = 2_000;
/// How often an actor is changed because an earlier edit of it was refused, before the edit itself counts as refused.
pub(crate) const ACTORS_ANEW_MAX: u32 = 3;

/// How many changes of a long history the guard folds in one go: about 10 ms in a browser.
pub(crate) const GUARD_SLICE_CHANGES: usize = 250;
/// Milliseconds between two such goes, for the page.
pub(crate) const GUARD_PAUSE_MS: i64 = 50;
/// How often a plan is fetched anew that could not be opened, before it goes to safe mode.
pub(crate) const FAILED_OPENINGS_MAX: u32 = 2;
