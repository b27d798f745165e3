//! The pages. Each reads the open plan through signals and keeps nothing of it.

mod form;
mod history;
mod home;
mod interlock;
mod invitations;
mod next_step;
mod overview;
mod plan_view;
mod sign_in;
mod summary;
mod tell;
mod tracker;

pub(crate) use history::offline_words;
pub(crate) use home::Home;
pub(crate) use plan_view::PlanView;
pub(crate) use sign_in::SignIn;
pub(crate) use summary::SectionSummary;
pub(crate) use tell::{Told, told};
