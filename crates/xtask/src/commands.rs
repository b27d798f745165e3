//! One module per command.

pub(crate) mod api;
pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod test;
pub(crate) mod web;
