//! What stands beside a section's title: how many, how much, and the gaps.

use std::str::FromStr;

use domain::schema::Tone;
use domain::{Money, SectionId};
use leptos::prelude::*;

use crate::erased::memo;
use crate::format::money;
use crate::gaps::Gap;
use crate::reading;
use crate::route::{Page, PlanPlace, Route};
use crate::router::Link;
use crate::store::{Key, PlanStore, use_store};
use crate::views::{settled, tone_class};
use crate::words;

/// The figures and gaps of a section, for its head; and for the actions, the way to the tracker.
#[component]
pub(crate) fn SectionSummary(
    /// Which.
    section: SectionId,
) -> impl IntoView {
    let store = use_store();
    let figures = settled(
        move || store.track(Key::Section(section)),
        move || figures(store, section),
    );
    let gaps = gap_words(store, section);
    let interlock = Route::Plan {
        plan: store.plan(),
        place: PlanPlace::of(Page::Interlock),
    };
    view! {
        <span class="muted">{figures}</span>
        {move || {
            let interlock = interlock.clone();
            gaps.get()
                .map(|words| {
                    view! {
                        <Link to=interlock class=format!("chip {}", tone_class(Tone::Bad))>
                            {words}
                        </Link>
                    }
                })
        }}
        {(section == SectionId::Actions).then(|| view! { <ActionViews /> })}
    }
}

/// The two ways to see the actions.
#[component]
pub(crate) fn ActionViews() -> impl IntoView {
    let plan = use_store().plan();
    let here = crate::ui::use_ui().page;
    let view = |page: Page, word: &'static str| {
        let is_here = memo(move |_| here.get() == page);
        let to = Route::Plan {
            plan,
            place: PlanPlace::of(page),
        };
        let class = Signal::derive(move || if is_here.get() { "on".to_owned() } else { String::new() });
        view! {
            <Link to class current=is_here>
                {word}
            </Link>
        }
    };
    view! {
        <nav class="seg" aria-label=words::VIEWS>
            {view(Page::Section(SectionId::Actions), words::AS_LIST)}
            {view(Page::Tracker, words::AS_TRACKER)}
        </nav>
    }
}

fn figures(store: PlanStore, section: SectionId) -> String {
    let items = store.peek_items(section);
    if section != SectionId::Opportunities {
        return words::count(items.len());
    }
    let open = reading::interlock_now(store).opportunities;
    let amounts: Vec<Money> = items
        .iter()
        .filter(|&&item| open.iter().any(|one| one.item == item))
        .filter_map(|&item| Money::from_str(&reading::text(store, section, item, "amount")).ok())
        .collect();
    let sums: Vec<String> = reading::sums(amounts).into_iter().map(money::short).collect();
    words::open_count(open.len(), &sums.join(", "))
}

/// What the interlock says about a section, if it has gaps there.
fn gap_words(store: PlanStore, section: SectionId) -> Signal<Option<String>> {
    let interlock = reading::interlock(store);
    memo(move |_| {
        let gaps = interlock.with(crate::gaps::Interlock::gaps);
        let count = gaps
            .iter()
            .filter(|gap| match gap {
                Gap::Unsupported(_) => section == SectionId::Opportunities,
                Gap::Unserved(_) => section == SectionId::Initiatives,
                Gap::Idle(_) => section == SectionId::Drivers,
            })
            .count();
        (count > 0).then(|| words::gaps_of(section, count))
    })
    .into()
}
