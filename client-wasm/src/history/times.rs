//! The strip over a plan's page: which moment is shown, who wrote last, the slider, and the way back.

use std::sync::Arc;

use leptos::prelude::*;

use super::changes::Compared;
use super::track::Track;
use super::travel::Travel;
use super::words;
use crate::browser;
use crate::edit::directory::Directory;
use crate::erased::{Show, memo};
use crate::format::day;
use crate::store::{Past, use_store};
use crate::ui::use_ui;
use crate::views::{Face, Problem};
use crate::when;

/// The way through the plan's past.
#[component]
pub(crate) fn Times() -> impl IntoView {
    let ui = use_ui();
    let travel = Travel::start(use_store(), ui);
    let is_now = memo(move |_| travel.is_now());
    browser::after_paint(|| browser::focus(".track"));
    view! {
        <section class="times" class:then=move || !is_now.get() aria-label=words::TIMES>
            <div class="times-head">
                <Said travel is_now />
                <span class="grow"></span>
                <Steps travel />
                <button
                    type="button"
                    class="btn small"
                    aria-expanded=move || if travel.compared.get() { "true" } else { "false" }
                    disabled=move || is_now.get() && travel.held.get().is_none()
                    on:click=move |_| travel.compared.update(|compared| *compared = !*compared)
                >
                    {words::COMPARE}
                </button>
                <Show
                    when=move || !is_now.get()
                    fallback=move || {
                        view! {
                            <button
                                type="button"
                                class="btn quiet small"
                                aria-label=words::CLOSE_TIMES
                                on:click=move |_| travel.close()
                            >
                                "✕"
                            </button>
                        }
                    }
                >
                    <button type="button" class="btn go small" on:click=move |_| travel.close()>
                        {words::BACK_TO_NOW}
                    </button>
                </Show>
            </div>
            <Track travel />
            <Problem words=travel.trouble />
            <Compared travel />
        </section>
    }
}

/// Which moment it is, and who wrote last.
#[component]
fn Said(travel: Travel, is_now: Memo<bool>) -> impl IntoView {
    let moment = move || {
        let (at, now) = (browser::local(travel.at()), browser::local(browser::now()));
        let moment = format!("{}, {}", day::near(at.date(), now.date()), when::clock(at));
        words::moment_of(travel.seq(), &moment)
    };
    let past = travel.past();
    view! {
        <p class="times-said" aria-live="polite">
            <Show when=move || !is_now.get() fallback=|| view! { <b>{words::AS_IT_IS}</b> }>
                <b>{words::AS_OF} " " {moment}</b>
                <span class="chip warn">{words::READ_ONLY}</span>
            </Show>
        </p>
        {move || past.get().filter(|_| !is_now.get()).map(|past| view! { <Last past /> })}
    }
}

/// Who wrote last by then, and where.
#[component]
fn Last(past: Arc<Past>) -> impl IntoView {
    let Some((section, item, stamp)) = past.last else {
        return view! { <span class="faint">{words::NOTHING_YET}</span> }.into_any();
    };
    let (store, ui) = (use_store(), use_ui());
    let title = super::bouts::place_name(store, section, item, None);
    view! {
        <span class="times-last">
            <Face person=stamp.by named=true />
            <span class="times-who">{store.person_name(stamp.by)} " " {words::WROTE_LAST} " "</span>
            <button type="button" class="link" on:click=move |_| ui.open(section, item)>
                {title}
            </button>
        </span>
    }
    .into_any()
}

/// The slider's keys as buttons.
#[component]
fn Steps(travel: Travel) -> impl IntoView {
    let button = move |sign: &'static str, label: &'static str, act: fn(Travel), is_on: bool| {
        view! {
            <button
                type="button"
                aria-label=label
                title=label
                disabled=move || if is_on { travel.is_now() } else { travel.seq().0 == 0 }
                on:click=move |_| act(travel)
            >
                {sign}
            </button>
        }
    };
    view! {
        <span class="seg steps" role="group" aria-label=words::SLIDER>
            {button("«", words::EARLIER_DAY, Travel::day_back, false)}
            {button("‹", words::EARLIER_CHANGE, |travel| travel.step(-1), false)}
            {button("›", words::LATER_CHANGE, |travel| travel.step(1), true)}
            {button("»", words::LATER_DAY, Travel::day_on, true)}
        </span>
    }
}
