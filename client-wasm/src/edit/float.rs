//! Places what floats over a cell: lists of options, errors, notes. It is fixed in the window, so that no scrolling
//! part cuts it off, and stands above the cell where there is no room below.

use leptos::html::ElementType;
use leptos::prelude::*;

use wasm_bindgen::JsCast;

use crate::erased::effect;

/// What is left between the cell and what floats, in pixels.
const GAP_PX: f64 = 3.0;

/// Places the element at the cell or field that it is in, once it is there.
pub(crate) fn at_cell<E>(float: NodeRef<E>)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    effect(move || {
        let Some(element) = float.get() else { return };
        // After the browser has laid it out: its size decides whether there is room.
        request_animation_frame(move || {
            let element: &wasm_bindgen::JsValue = element.unchecked_ref();
            if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
                place(element);
            }
        });
    });
}

fn place(element: &web_sys::HtmlElement) {
    let Ok(Some(cell)) = element.closest("td, .v, .para") else {
        return;
    };
    let Some(window) = web_sys::window() else { return };
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window.inner_width()), size(window.inner_height()));
    let (cell, own) = (cell.get_bounding_client_rect(), element.get_bounding_client_rect());
    let below = cell.bottom() + GAP_PX;
    let fits = below + own.height() <= height || cell.top() < own.height();
    let left = cell.left().min(width - own.width() - GAP_PX).max(GAP_PX);
    let style = element.style();
    // Fails only for a property that is not one.
    let _ = if fits {
        style.set_property("top", &format!("{below}px"))
    } else {
        // Held by its foot: a list that gets shorter while one types stays at the cell.
        style.set_property("bottom", &format!("{}px", height - cell.top() + GAP_PX))
    };
    let _ = style.set_property("left", &format!("{left}px"));
    let _ = style.set_property("min-width", &format!("{}px", cell.width().min(MIN_WIDTH_MAX_PX)));
}

/// The widest that a cell makes what floats at it, in pixels.
const MIN_WIDTH_MAX_PX: f64 = 320.0;
