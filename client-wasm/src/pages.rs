//! The pages. Each reads the open plan through signals and keeps nothing of it.

mod form;
mod home;
mod interlock;
mod invitations;
mod next_step;
mod overview;
mod plan_view;
mod sign_in;
mod summary;
mod tell;
mod told;
mod tracker;

pub(crate) use home::Home;
pub(crate) use interlock::InterlockPage;
pub(crate) use plan_view::PlanView;
pub(crate) use sign_in::SignIn;
pub(crate) use summary::SectionSummary;
pub(crate) use tell::{Told, shortened, told, word_for_one};
pub(crate) use told::{Change, Pieces, offline_words};
pub(crate) use tracker::TrackerPage;
