//! How much of everything a workspace takes: every collection in its state has a bound.

/// People of one workspace.
pub const PEOPLE_MAX: usize = 10_000;
/// Plans of one workspace, archived ones included.
pub const PLANS_MAX: usize = 100_000;
/// Open sessions of one person; the oldest ends when there is one more.
pub const SESSIONS_PER_PERSON_MAX: usize = 32;
/// Unused sign-in links of one person; the oldest lapses when there is one more.
pub const LINKS_PER_PERSON_MAX: usize = 8;
/// API tokens of one person.
pub const TOKENS_PER_PERSON_MAX: usize = 64;
/// Longest name of a person, plan or token, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// Longest address, in characters (RFC 5321).
pub const EMAIL_CHARS_MAX: usize = 254;
/// How long a sign-in link can be used: a day, so that one sent in the evening works in the morning. Milliseconds.
pub const LINK_LIFETIME_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a session lasts, in milliseconds: 30 days.
pub const SESSION_LIFETIME_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How far the clock may have been set back since a link or session was made, in milliseconds: a day. One that was made
/// later than that is of a clock that ran ahead, and would otherwise be good until the day that clock showed.
pub(crate) const SET_BACK_MS: i64 = 24 * 60 * 60 * 1000;
