//! What stands around every page of a plan: bar, rail, dialogs, messages.

mod bar;
mod find;
mod keys;
mod menu;
mod rail;
mod rejected;
mod safe;
mod saved;
mod shut_out;
mod stage;
mod toasts;
mod trouble;

pub(crate) use bar::Bar;
pub(crate) use find::Find;
pub(crate) use keys::{Keys, shortcuts};
pub(crate) use menu::PersonMenu;
pub(crate) use rail::Rail;
pub(crate) use rejected::Refused;
pub(crate) use safe::SafeMode;
pub(crate) use saved::Saved;
pub(crate) use shut_out::{ShutOut, tell_standing};
pub(crate) use stage::{StageChip, StageDialog};
pub(crate) use toasts::Toasts;
pub(crate) use trouble::Trouble;
