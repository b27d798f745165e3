//! The web application: pages over views over `session`.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the glue script when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    mount_to_body(|| view! { <main>"Interlock"</main> });
}
