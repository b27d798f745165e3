//! The few things of the browser that have no better home: the clock, randomness, storage, the address.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use domain::{ItemId, ParagraphId, TimestampMs};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlAnchorElement, HtmlElement, Storage, Url};

/// The device's clock: for "offline since" and new ids; order and authority are the server's.
pub(crate) fn now() -> TimestampMs {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit 53 bits for 285,000 years"
    )]
    TimestampMs(js_sys::Date::now() as i64)
}

/// Random bytes of the browser.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("every browser that runs wasm has crypto.getRandomValues");
    bytes
}

fn new_uuid() -> Uuid {
    let millis = u64::try_from(now().0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
}

/// A name for a new item.
pub(crate) fn new_item() -> ItemId {
    ItemId(new_uuid())
}

/// A name for a new paragraph.
pub(crate) fn new_paragraph() -> ParagraphId {
    ParagraphId(new_uuid())
}

/// What this browser remembers; nothing when the person does not allow it.
pub(crate) fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Reads a remembered value.
pub(crate) fn recall(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers a value; a browser that refuses only forgets it.
pub(crate) fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Forgets a value.
pub(crate) fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

/// The address of a websocket at this server.
pub(crate) fn socket_address(path: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}

/// Sets an attribute of `<html>`: what tests, and style sheets, may know of the application's state.
pub(crate) fn mark(name: &str, value: &str) {
    if let Some(root) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element())
    {
        // Fails only for a name that is not one.
        let _ = root.set_attribute(name, value);
    }
}

/// A moment as the wall clock of this place shows it.
pub(crate) fn local(at: TimestampMs) -> NaiveDateTime {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit 53 bits for 285,000 years"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    #[expect(clippy::cast_possible_truncation, reason = "an offset is at most a day, in minutes")]
    let offset = date.get_timezone_offset() as i64;
    DateTime::from_timestamp_millis(at.0.saturating_sub(offset * 60_000))
        .unwrap_or_default()
        .naive_utc()
}

/// This place's day. The workspace's day, by which the server tells "overdue", may be another around midnight.
pub(crate) fn today() -> NaiveDate {
    local(now()).date()
}

/// The address of the script that started this page: the same for all pages of a build.
pub(crate) fn start_script() -> Option<String> {
    let script = web_sys::window()?
        .document()?
        .query_selector("script[type=module][src]")
        .ok()??;
    script.get_attribute("src")
}

/// Loads the application anew.
pub(crate) fn reload() {
    if let Some(window) = web_sys::window() {
        // Fails only for a page that is already gone.
        let _ = window.location().reload();
    }
}

/// Asks a question over the page, which waits for the answer.
pub(crate) fn confirm(question: &str) -> bool {
    // A browser that does not ask lets go.
    web_sys::window().is_none_or(|window| window.confirm_with_message(question).unwrap_or(true))
}

/// Puts text into the clipboard.
pub(crate) fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        // The promise tells of a refusal; the text stays on screen either way.
        let _ = window.navigator().clipboard().write_text(text);
    }
}

/// Puts the focus on the first element that a selector finds.
pub(crate) fn focus(selector: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(selector).ok().flatten())
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // Fails only for an element that is not in the document.
        let _ = element.focus();
    }
}

/// Puts the focus on the first of these that there is.
pub(crate) fn focus_first(selectors: &[&str]) {
    if let Some(selector) = selectors.iter().find(|selector| is_matched(selector)) {
        focus(selector);
    }
}

/// Whether nothing on the page has the keyboard: what had it has gone.
pub(crate) fn is_focus_lost() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| {
        let active = document.active_element();
        active.is_none_or(|active| active.tag_name() == "BODY")
    })
}

/// When the page has drawn what has changed: gives the keyboard to the first of these that there is, if nothing has it.
pub(crate) fn mend_focus(selectors: &'static [&'static str]) {
    after_paint(move || {
        if is_focus_lost() {
            focus_first(selectors);
        }
    });
}

/// Whether anything on the page is as the selector says.
pub(crate) fn is_matched(selector: &str) -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(selector).ok().flatten())
        .is_some()
}

/// Whether a dialog is over the page, by what the browser shows: the keys of the page below rest meanwhile.
pub(crate) fn is_dialog_open() -> bool {
    is_matched("dialog[open]")
}

/// Does something when the page has drawn what has changed.
pub(crate) fn after_paint(then: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(move || leptos::prelude::set_timeout(then, std::time::Duration::ZERO));
}

/// What stands behind `#` in the address.
pub(crate) fn fragment() -> String {
    web_sys::window()
        .and_then(|window| window.location().hash().ok())
        .map(|hash| hash.trim_start_matches('#').to_owned())
        .unwrap_or_default()
}

/// Takes an attribute of `<html>` away.
pub(crate) fn unmark(name: &str) {
    if let Some(root) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element())
    {
        // Fails only for a name that is not one.
        let _ = root.remove_attribute(name);
    }
}

/// Names the browser's tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Gives the person a file.
pub(crate) fn download(name: &str, content: &str) {
    // Fails only where the browser forbids downloads; the button stays.
    let _ = try_download(name, content);
}

fn try_download(name: &str, content: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let document = window.document().ok_or(JsValue::NULL)?;
    let parts = js_sys::Array::of1(&JsValue::from_str(content));
    let blob = Blob::new_with_str_sequence(&parts)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}

/// Says that the application has stopped, with plain means: nothing of it may be used any more.
pub(crate) fn show_broken(words: &str, reload: &str) {
    // Nothing is left to tell it to if this fails too.
    let _ = try_show_broken(words, reload);
}

fn try_show_broken(words: &str, reload: &str) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    if document.query_selector(".broken")?.is_some() {
        return Ok(());
    }
    let banner = document.create_element("div")?;
    banner.set_class_name("broken banner bad");
    banner.set_attribute("role", "alert")?;
    let text = document.create_element("span")?;
    text.set_text_content(Some(words));
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href("");
    link.set_class_name("btn");
    link.set_text_content(Some(reload));
    banner.append_child(&text)?;
    banner.append_child(&link)?;
    document.body().ok_or(JsValue::NULL)?.append_child(&banner)?;
    Ok(())
}
