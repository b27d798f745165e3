//! How much of everything a workspace takes: every collection in its state has a bound.

/// People of one workspace.
pub const PEOPLE_MAX: usize = 10_000;
/// Of them, for whom administrators and the command line add: invitations of others leave so many places free.
pub const PEOPLE_KEPT: usize = 1_000;
/// People whom one inviter, who is no administrator, may have brought in and who have never come.
pub const NEWCOMERS_PER_INVITER_MAX: usize = 50;
/// Plans of one workspace, archived ones included.
pub const PLANS_MAX: usize = 100_000;
/// Open sessions of one person; the oldest ends when there is one more.
pub const SESSIONS_PER_PERSON_MAX: usize = 32;
/// Unused sign-in links of one person; the oldest lapses when there is one more.
pub const LINKS_PER_PERSON_MAX: usize = 8;
/// API tokens of one person.
pub const TOKENS_PER_PERSON_MAX: usize = 64;
/// Plans that one token may be held to.
pub const PLANS_PER_TOKEN_MAX: usize = 100;
/// People with a role of their own in one plan. A team has 26 at most; the rest look on.
pub const MEMBERS_PER_PLAN_MAX: usize = 500;
/// Invitations of one plan, answered ones included.
pub const INVITATIONS_PER_PLAN_MAX: usize = 500;
/// Contacts of one plan that were erased, whole or in part.
pub const ERASURES_PER_PLAN_MAX: usize = 10_000;
/// Teams of one workspace.
pub const TEAMS_MAX: usize = 1_000;
/// People of one team.
pub const PEOPLE_PER_TEAM_MAX: usize = 500;
/// Webhooks of one workspace.
pub const WEBHOOKS_MAX: usize = 200;
/// Plans of one webhook.
pub const PLANS_PER_WEBHOOK_MAX: usize = 100;
/// Kinds of happenings that one webhook is told of.
pub const KINDS_PER_WEBHOOK_MAX: usize = 32;
/// Longest address of a webhook, in characters.
pub const URL_CHARS_MAX: usize = 2_000;
/// Longest words to an invited person, and theirs, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// Longest name of a person, plan, team or token, in characters.
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
