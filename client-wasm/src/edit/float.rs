//! Places what floats over a cell: lists of options, errors, notes. It is fixed in the window, so that no scrolling
//! part cuts it off, stands above the cell where there is no room below, and goes along when the cell moves.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use crate::erased::effect;

/// What is left between the cell and what floats, in pixels.
const GAP_PX: f64 = 3.0;
/// The widest that a cell makes what floats at it, in pixels.
const MIN_WIDTH_MAX_PX: f64 = 320.0;
/// The highest that it is, in pixels.
const HEIGHT_MAX_PX: f64 = 296.0;
/// The lowest that it is made for want of room, in pixels.
const HEIGHT_MIN_PX: f64 = 120.0;
/// What moves a cell: the page or a part of it is scrolled, the window gets another size.
const MOVES: [&str; 2] = ["scroll", "resize"];

/// Keeps the element at the cell or field that it is in, from when it is there to when it goes.
pub(crate) fn at_cell<E>(float: NodeRef<E>)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    let element = move || {
        let element: Option<JsValue> = float.try_get_untracked()?.map(JsCast::unchecked_into);
        element?.dyn_into::<HtmlElement>().ok()
    };
    keep_placed(Box::new(element));
    effect(move || {
        float.track();
        // After the browser has laid it out: its size decides whether there is room.
        request_animation_frame(move || {
            if let Some(element) = element() {
                place(&element);
            }
        });
    });
}

/// Places it again whenever something moves, until the view that is running now is gone.
fn keep_placed(element: Box<dyn Fn() -> Option<HtmlElement>>) {
    let moved = Closure::<dyn FnMut()>::new(move || {
        if let Some(element) = element() {
            place(&element);
        }
    });
    let Some(window) = web_sys::window() else { return };
    let listener: &js_sys::Function = moved.as_ref().unchecked_ref();
    for event in MOVES {
        // On the way down to what scrolls: its own event does not come up. Fails only for a listener that is none.
        let _ = window.add_event_listener_with_callback_and_bool(event, listener, true);
    }
    let kept = StoredValue::new_local(Some(moved));
    on_cleanup(move || {
        if let Some(moved) = kept.try_update_value(Option::take).flatten() {
            for event in MOVES {
                let _ = window_without(event, &moved);
            }
        }
    });
}

fn window_without(event: &str, moved: &Closure<dyn FnMut()>) -> Option<()> {
    let listener: &js_sys::Function = moved.as_ref().unchecked_ref();
    let window = web_sys::window()?;
    window
        .remove_event_listener_with_callback_and_bool(event, listener, true)
        .ok()
}

fn place(element: &HtmlElement) {
    let Ok(Some(cell)) = element.closest("td, .v, .para") else {
        return;
    };
    let Some(window) = web_sys::window() else { return };
    let size = |value: Result<JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window.inner_width()), size(window.inner_height()));
    let (cell, own) = (cell.get_bounding_client_rect(), element.get_bounding_client_rect());
    let below = cell.bottom() + GAP_PX;
    let fits = below + own.height() <= height || cell.top() < own.height();
    let left = cell.left().min(width - own.width() - GAP_PX).max(GAP_PX);
    // Where there is no room on either side it is as high as the room is: what is longer scrolls in itself.
    let most = if fits {
        height - below - GAP_PX
    } else {
        cell.top() - 2.0 * GAP_PX
    };
    let (top, bottom) = if fits {
        (format!("{below}px"), "auto".to_owned())
    } else {
        // Held by its foot: a list that gets shorter while one types stays at the cell.
        ("auto".to_owned(), format!("{}px", height - cell.top() + GAP_PX))
    };
    let style = element.style();
    for (property, value) in [
        ("top", top),
        ("bottom", bottom),
        ("left", format!("{left}px")),
        (
            "max-height",
            format!("min({}px, {HEIGHT_MAX_PX}px)", most.max(HEIGHT_MIN_PX)),
        ),
        ("min-width", format!("{}px", cell.width().min(MIN_WIDTH_MAX_PX))),
    ] {
        // Fails only for a property that is not one.
        let _ = style.set_property(property, &value);
    }
}
