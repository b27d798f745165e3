//! The harness of the end-to-end tests: real server processes and a real browser, nothing replaced.
//!
//! The tests ask of a page only what a person has too: roles, labels, text; and the `data-*` attributes that say what
//! the page knows (`docs/testing.md`). Nothing sleeps: a wait is for an event, and ends with an error that shows the page.

pub mod accessibility;
pub mod binaries;
pub mod browser;
pub mod driver;
pub mod gestures;
pub mod load;
pub mod output;
pub mod page;
pub mod screens;
pub mod server;
pub mod settle;
pub mod signals;
