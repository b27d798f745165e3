//! Small parts that several pages show. None has state of its own beyond what is on screen.

mod columns;
mod dialog;
mod everyone;
mod face;
mod form_end;
mod read_only;
mod settled;

pub(crate) use columns::Columns;
pub(crate) use dialog::Dialog;
pub(crate) use everyone::EveryoneSelect;
pub(crate) use face::{Face, Faces};
pub(crate) use form_end::FormEnd;
pub(crate) use read_only::ReadOnly;
pub(crate) use settled::settled;

use domain::completeness::Score;
use domain::schema::Tone;
use leptos::prelude::*;

use crate::erased::{For, memo};
use crate::words;

/// A state in a word and a dot; never the colour alone.
#[component]
pub(crate) fn Chip(
    /// What it means.
    tone: Tone,
    /// The word.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! { <span class=format!("chip {}", tone_class(tone))>{text}</span> }
}

/// The class of a tone.
pub(crate) const fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Info => "info",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// A plan's frame and page in outline, while they come.
#[component]
pub(crate) fn Outline(
    /// What stands above the outline of the page.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <nav class="rail skeleton" aria-hidden="true">
            {(0..10).map(|_| view! { <i></i> }).collect_view()}
        </nav>
        <div class="main">
            <main class="page" id="page" tabindex="-1" aria-busy="true">
                {children.map(|children| children())}
                <div class="skeleton" aria-hidden="true">
                    {(0..12).map(|_| view! { <i></i> }).collect_view()}
                </div>
                <p class="sr">{words::OPENING}</p>
            </main>
        </div>
    }
}

/// A list in outline, while it comes.
#[component]
pub(crate) fn Waiting() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            {(0..6).map(|_| view! { <i></i> }).collect_view()}
        </div>
        <p class="sr" role="status">
            {words::COMING}
        </p>
    }
}

/// A few words to choose one of, side by side.
#[component]
pub(crate) fn Segments(
    /// What is chosen between.
    #[prop(into)]
    label: String,
    /// Key and word of each.
    #[prop(into)]
    of: Signal<Vec<(String, String)>>,
    /// The chosen key.
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the key of another.
    choose: impl Fn(String) + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let button = move |(key, _): (String, String)| {
        let choose = choose.clone();
        // A word that changes, such as a count, leaves its button where it is, and the keyboard in it.
        let word = {
            let key = key.clone();
            memo(move |_| of.with(|of| of.iter().find(|(other, _)| *other == key).map(|(_, word)| word.clone())))
        };
        let is_chosen = {
            let key = key.clone();
            memo(move |_| chosen.get() == key)
        };
        view! {
            <button
                type="button"
                class:on=is_chosen
                aria-pressed=move || if is_chosen.get() { "true" } else { "false" }
                on:click=move |_| choose(key.clone())
            >
                {word}
            </button>
        }
    };
    view! {
        <div class="seg" role="group" aria-label=label>
            <For each=move || of.get() key=|(key, _)| key.clone() children=button />
        </div>
    }
}

/// How complete something is, as a bar; its figure is for those who do not see the bar, and on hover.
#[component]
pub(crate) fn Meter(
    /// How complete.
    #[prop(into)]
    score: Signal<Score>,
) -> impl IntoView {
    let percent = memo(move |_| score.get().percent());
    view! {
        <span class="meter" title=move || crate::words::complete(percent.get())>
            <i style:width=move || format!("{}%", percent.get())></i>
            <span class="sr">{move || crate::words::complete(percent.get())}</span>
        </span>
    }
}

/// What went wrong, read aloud as it comes.
#[component]
pub(crate) fn Problem(
    /// In words; nothing is shown while there is none.
    #[prop(into)]
    words: Signal<Option<String>>,
) -> impl IntoView {
    move || {
        words
            .get()
            .map(|words| view! { <p role="alert" class="bad-text">{words}</p> })
    }
}

/// The mark of the application.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 20 20" fill="none" stroke-width="2.4" aria-hidden="true">
            <rect x="2" y="2" width="10.5" height="10.5" rx="3" />
            <path d="M7.5 12.8V15a3 3 0 0 0 3 3H15a3 3 0 0 0 3-3v-4.5a3 3 0 0 0-3-3h-2.2" />
        </svg>
    }
}
