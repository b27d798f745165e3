//! Who writes, as the document knows it: one actor per person, device and plan.
//!
//! Actors are dear (each makes every later load of the plan slower), so a page takes the device's own one again and
//! holds a Web Lock on it: a second tab finds it taken and uses the next. An actor whose edit was refused is never used
//! again: the session begins another by itself, and the next page of this device too, because it is forgotten here.
//! While edits are not saved, the kept actor is marked: a page that is loaded anew meanwhile does not know what its
//! forerunner still had under way, and would number its own changes alike.

use domain::{ActorId, PersonId, PlanId};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser;

/// How many tabs of one plan keep an actor; a further tab has one that nobody keeps.
const KEPT_MAX: usize = 4;

/// An actor that no other page uses, held until this page closes.
pub(crate) async fn claim(person: PersonId, plan: PlanId) -> ActorId {
    for slot in 0..KEPT_MAX {
        let name = slot_name(person, plan, slot);
        if hold(&name).await.unwrap_or(false) {
            return kept(&name);
        }
    }
    new_actor()
}

/// What stands behind an actor while edits of it are not saved.
const UNSAVED_MARK: &str = " unsaved";

/// An edit of this actor was refused: no later page takes it again.
pub(crate) fn forget(person: PersonId, plan: PlanId, actor: ActorId) {
    if let Some(name) = slot_of(person, plan, actor) {
        browser::forget(&name);
    }
}

/// Edits of this actor are on their way, or all of them are saved: only then may the next page take it again.
pub(crate) fn set_unsaved(person: PersonId, plan: PlanId, actor: ActorId, unsaved: bool) {
    if let Some(name) = slot_of(person, plan, actor) {
        let mark = if unsaved { UNSAVED_MARK } else { "" };
        browser::remember(&name, &format!("{actor}{mark}"));
    }
}

fn slot_of(person: PersonId, plan: PlanId, actor: ActorId) -> Option<String> {
    (0..KEPT_MAX)
        .map(|slot| slot_name(person, plan, slot))
        .find(|name| browser::recall(name).is_some_and(|text| is_of(&text, actor)))
}

/// Whether a kept text is the actor's, marked or not.
fn is_of(text: &str, actor: ActorId) -> bool {
    let text = text.strip_suffix(UNSAVED_MARK).unwrap_or(text);
    parse(text) == Some(actor)
}

fn slot_name(person: PersonId, plan: PlanId, slot: usize) -> String {
    format!("interlock.actor.{person}.{plan}.{slot}")
}

fn kept(name: &str) -> ActorId {
    let kept = browser::recall(name).and_then(|text| parse(&text));
    kept.unwrap_or_else(|| {
        let actor = new_actor();
        browser::remember(name, &actor.to_string());
        actor
    })
}

fn new_actor() -> ActorId {
    ActorId(browser::random())
}

fn parse(text: &str) -> Option<ActorId> {
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(ActorId(bytes))
}

/// Takes a Web Lock for as long as the page lives, if it is free. (By name: web-sys has the interface only behind a flag
/// for unstable ones.)
async fn hold(name: &str) -> Result<bool, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let locks = Reflect::get(&window.navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE)?;
    let answered = Promise::new(&mut |answer, refuse| {
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let is_ours = !lock.is_null();
            // Fails only where the listener throws, which it does not.
            let _ = answer.call1(&JsValue::NULL, &JsValue::from_bool(is_ours));
            if is_ours {
                // A promise that is never kept: the lock ends with the page.
                Promise::new(&mut |_, _| {}).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        if request.call3(&locks, &name.into(), &options, &granted).is_err() {
            // The promise tells it.
            let _ = refuse.call0(&JsValue::NULL);
        }
    });
    JsFuture::from(answered).await.map(|is_ours| is_ours.is_truthy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_actor_reads_back() {
        let actor = ActorId([0xab; 16]);
        assert_eq!(parse(&actor.to_string()), Some(actor));
        for text in ["", "ab", &"x".repeat(32), &"é".repeat(16)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_actor_with_unsaved_edits_is_known_and_not_taken_again() {
        let actor = ActorId([0xab; 16]);
        let marked = format!("{actor}{UNSAVED_MARK}");
        assert!(is_of(&marked, actor) && is_of(&actor.to_string(), actor));
        assert!(!is_of(&marked, ActorId([0xac; 16])));
        assert_eq!(parse(&marked), None);
    }
}
