//! The web application: pages over views over `session`.
//!
//! A page reads the open plan through `store::PlanStore`'s signals, changes it through its verbs, and keeps nothing of
//! the plan itself. The pure parts (`route`, `words`, `format`, ...) are tested natively.

#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#![expect(
    unreachable_pub,
    reason = "the component macro writes a plain `pub` for every component"
)]

mod actor;
mod api;
mod app;
mod browser;
mod drawer;
mod edit;
mod erased;
mod format;
mod frame;
mod gaps;
mod grid;
mod history;
mod lazy;
mod office;
mod pages;
mod reading;
mod route;
mod router;
mod socket;
mod store;
mod theme;
mod typing;
mod ui;
mod views;
mod when;
mod words;

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

use app::App;

/// Called by the glue script when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        browser::show_broken(words::BROKEN, words::RELOAD);
    }));
    mount_to_body(App);
}
