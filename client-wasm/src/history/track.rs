//! The slider: the plan's life as a line with marks, and a handle on it.

use domain::{Seq, TimestampMs};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::scale::{self, Place, Scale};
use super::travel::Travel;
use super::words;
use crate::api::past::Timeline;
use crate::browser;
use crate::edit::directory::Directory;
use crate::format::day;
use crate::store::use_store;
use crate::when;

/// How far apart two days must stand to be named both, as a share of the line.
const DAYS_APART: Place = 0.085;
/// Most days that are named.
const DAYS_MAX: usize = 400;
/// A mark's least width, in percent of the line.
const MARK_WIDTH_MIN: f64 = 0.35;
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The line with its handle.
#[component]
pub(super) fn Track(travel: Travel) -> impl IntoView {
    let line = NodeRef::<html::Div>::new();
    let dragged = StoredValue::new(false);
    let place = move || {
        travel
            .scale()
            .with(|scale| scale.as_ref().map_or(1.0, |scale| scale.of_seq(travel.seq())))
    };
    let to_pointer = move |event: &PointerEvent| {
        let scale = travel.scale();
        let seq = line.get_untracked().and_then(|line| {
            let rect = line.get_bounding_client_rect();
            let place = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
            scale.with_untracked(|scale| scale.as_ref().map(|scale| scale.seq_at(place)))
        });
        if let Some(seq) = seq {
            travel.to(seq);
        }
    };
    let said = move || {
        let moment = when::moment(browser::local(travel.at()), browser::local(browser::now()));
        let moment = words::moment_of(travel.seq(), &moment);
        let moment = if travel.is_now() { words::NOW.to_owned() } else { moment };
        words::change_of(&moment, travel.seq().0, travel.head().0)
    };
    view! {
        <div
            class="track"
            node_ref=line
            role="slider"
            tabindex="0"
            aria-label=words::SLIDER
            aria-valuemin="0"
            aria-valuemax=move || travel.head().to_string()
            aria-valuenow=move || travel.seq().to_string()
            aria-valuetext=said
            title=words::SLIDER_HINT
            on:keydown=move |event| on_key(travel, &event)
            on:pointerdown=move |event: PointerEvent| {
                if event.button() != 0 {
                    return;
                }
                dragged.set_value(true);
                if let Some(line) = event.current_target().and_then(|line| line.dyn_into::<web_sys::Element>().ok()) {
                    // Fails only for a pointer that is gone: then it is a click.
                    let _ = line.set_pointer_capture(event.pointer_id());
                }
                to_pointer(&event);
            }
            on:pointermove=move |event: PointerEvent| {
                if dragged.get_value() {
                    to_pointer(&event);
                }
            }
            on:pointerup=move |_| dragged.set_value(false)
            on:pointercancel=move |_| dragged.set_value(false)
        >
            <Marks travel />
            <span class="track-gone" style:width=move || percent(place())></span>
            {move || {
                let held = travel.held.get()?;
                let place = travel.scale().with(|scale| scale.as_ref().map(|scale| scale.of_seq(held)))?;
                Some(view! { <span class="track-held" style:left=percent(place)></span> })
            }}
            <span class="track-hand" style:left=move || percent(place())></span>
        </div>
    }
}

/// By change, by day, to the ends. What is no key of the slider goes on.
fn on_key(travel: Travel, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => travel.step(-1),
        "ArrowRight" | "ArrowUp" => travel.step(1),
        "PageDown" => travel.day_back(),
        "PageUp" => travel.day_on(),
        "Home" => travel.to(Seq::ZERO),
        "End" => travel.back(),
        "Escape" => travel.close(),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// What was written when, what happened to the plan as a whole, and the days.
#[component]
fn Marks(travel: Travel) -> impl IntoView {
    let store = use_store();
    move || {
        let life = travel.life().get()?;
        let scale = travel.scale().get()?;
        let bars = bars(&life, &scale);
        let bars = bars.into_iter().map(|bar| {
            view! {
                <i
                    class="track-bar"
                    title=bar.words
                    style:left=percent(bar.from)
                    style:width=format!("{:.3}%", ((bar.to - bar.from) * 100.0).max(MARK_WIDTH_MIN))
                    style:height=format!("{:.0}%", bar.height * 100.0)
                ></i>
            }
        });
        let events = life.control.iter().map(|event| {
            let when = when::moment(browser::local(event.at), browser::local(browser::now()));
            let title = format!("{when}: {}", words::by(&store.person_name(event.author), &event.words));
            view! { <i class="track-event" title=title style:left=percent(scale.of_time(event.at))></i> }
        });
        let days = days(&life, &scale).into_iter().map(|(place, name)| {
            view! { <span class="track-day" style:left=percent(place)>{name}</span> }
        });
        Some(
            view! { <span aria-hidden="true">{bars.collect_view()} {events.collect_view()} {days.collect_view()}</span> },
        )
    }
}

struct Bar {
    from: Place,
    to: Place,
    height: f64,
    words: String,
}

/// The parts of the plan's life in which something was written: the more, the higher.
fn bars(life: &Timeline, scale: &Scale) -> Vec<Bar> {
    #[expect(clippy::cast_precision_loss, reason = "no plan has 2^53 edits")]
    let weight = |edits: u64| (edits as f64).sqrt();
    let most = scale::written(life)
        .map(|bucket| weight(bucket.edits))
        .fold(1.0, f64::max);
    let now = browser::local(browser::now());
    let mut before = Seq::ZERO;
    scale::written(life)
        .map(|bucket| {
            let when = when::moment(browser::local(bucket.from), now);
            let bar = Bar {
                from: scale.of_seq(before),
                to: scale.of_seq(bucket.seq),
                height: 0.25 + 0.75 * weight(bucket.edits) / most,
                words: format!("{when}: {}", words::edits(bucket.edits)),
            };
            before = bucket.seq;
            // What stands at the end of a silence begins there and not before it.
            Bar {
                from: bar.from.max(scale.of_time(bucket.from)).min(bar.to),
                ..bar
            }
        })
        .collect()
}

/// The days of the plan's life that have room for their name, at their beginnings.
fn days(life: &Timeline, scale: &Scale) -> Vec<(Place, String)> {
    let (Some(first), Some(last)) = (life.first_at, life.head_at) else {
        return Vec::new();
    };
    let today = browser::today();
    let name = |at: TimestampMs| day::near(browser::local(at).date(), today);
    let mut named = vec![(0.0, name(first))];
    let of_day = browser::local(first).and_utc().timestamp_millis().rem_euclid(DAY_MS);
    let mut midnight = first.0 - of_day + DAY_MS;
    for _ in 0..DAYS_MAX {
        if midnight > last.0 {
            break;
        }
        let place = scale.of_time(TimestampMs(midnight));
        let is_free = named.last().is_none_or(|(before, _)| place - before >= DAYS_APART);
        if is_free && place <= 1.0 - DAYS_APART / 2.0 {
            named.push((place, name(TimestampMs(midnight))));
        }
        midnight += DAY_MS;
    }
    named
}

fn percent(place: Place) -> String {
    format!("{:.3}%", place * 100.0)
}
