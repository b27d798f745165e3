//! Section 4: which opportunity serves which initiative, which driver forces it; and where that does not hold, with the
//! one button that mends it.

use domain::{Cell, ItemId, Scalar, SectionId};
use leptos::prelude::*;
use plan::Edit;

use super::next_step::NextStep;
use crate::browser;
use crate::erased::{For, Show, effect, effect_after, memo};
use crate::format::money;
use crate::gaps::{Gap, Interlock, Named};
use crate::reading;
use crate::store::{PlanStore, use_store};
use crate::ui::{UiState, toast_undo, use_ui};
use crate::views::{Dialog, ReadOnly};
use crate::words;

/// The strength that a link begins with.
const STRENGTH_FIRST: i64 = 2;
/// The strengths that a link can have.
const STRENGTHS: [i64; 3] = [1, 2, 3];

/// What is to be linked to an initiative.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Linking {
    section: SectionId,
    item: ItemId,
    title: String,
}

/// The interlock of the plan.
#[component]
pub(crate) fn InterlockPage() -> impl IntoView {
    let store = use_store();
    let interlock = reading::interlock(store);
    let linking = RwSignal::new(None::<Linking>);
    let is_empty = memo(move |_| interlock.with(|lock| lock.initiatives.is_empty() && lock.opportunities.is_empty()));
    view! {
        <div class="head">
            <h1>{words::INTERLOCK}</h1>
            <span class="muted">{words::INTERLOCK_HINT}</span>
            <ReadOnly section=SectionId::Opportunities />
        </div>
        <Show
            when=move || !is_empty.get()
            fallback=|| {
                view! {
                    <div class="card empty">
                        <p>{words::INTERLOCK_EMPTY}</p>
                        <p class="buttons">
                            <NextStep section=SectionId::Initiatives />
                            <NextStep section=SectionId::Opportunities />
                        </p>
                    </div>
                }
            }
        >
            <div class="interlock">
                <Links interlock />
                <Gaps interlock linking />
            </div>
        </Show>
        <LinkDialog interlock linking />
    }
}

/// Every initiative with what serves it and what forces it.
#[component]
fn Links(interlock: Signal<Interlock>) -> impl IntoView {
    let rows = move || interlock.with(|lock| lock.initiatives.clone());
    view! {
        <div class="table-scroll">
            <table class="table">
                <caption class="sr">{words::INTERLOCK_CAPTION}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words::INITIATIVE}</th>
                        <th scope="col">{words::SERVED_BY}</th>
                        <th scope="col" class="num">
                            {words::AMOUNT_BEHIND}
                        </th>
                        <th scope="col">{words::FORCED_BY}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=rows
                        key=|one| (one.item, one.title.clone())
                        children=move |one| view! { <LinkRow interlock one /> }
                    />
                </tbody>
            </table>
        </div>
    }
}

/// Something linked to an initiative: section, item, title, strength.
type Linked = (SectionId, ItemId, String, i64);

#[component]
fn LinkRow(interlock: Signal<Interlock>, one: Named) -> impl IntoView {
    let ui = use_ui();
    let item = one.item;
    let serving = memo(move |_| {
        interlock.with(|lock| {
            let linked = |(opportunity, strength): (&crate::gaps::Opportunity, i64)| -> Linked {
                (
                    SectionId::Opportunities,
                    opportunity.item,
                    opportunity.title.clone(),
                    strength,
                )
            };
            lock.serving(item).into_iter().map(linked).collect::<Vec<_>>()
        })
    });
    let forcing = memo(move |_| {
        interlock.with(|lock| {
            let linked = |(driver, strength): (&Named, i64)| -> Linked {
                (SectionId::Drivers, driver.item, driver.title.clone(), strength)
            };
            lock.forcing(item).into_iter().map(linked).collect::<Vec<_>>()
        })
    });
    let amount = memo(move |_| {
        interlock.with(|lock| {
            let amounts = lock.serving(item).into_iter().filter_map(|(one, _)| one.amount);
            let sums: Vec<String> = reading::sums(amounts).into_iter().map(money::full).collect();
            sums.join(", ")
        })
    });
    let title = words::named(&one.title).to_owned();
    view! {
        <tr>
            <th scope="row">
                <button type="button" class="link t" on:click=move |_| ui.open(SectionId::Initiatives, item)>
                    {title}
                </button>
            </th>
            <td class="wraps">
                <Chips linked=serving none=words::NO_OPPORTUNITY />
            </td>
            <td class="num">{amount}</td>
            <td class="wraps">
                <Chips linked=forcing none=words::NO_DRIVER />
            </td>
        </tr>
    }
}

#[component]
fn Chips(#[prop(into)] linked: Signal<Vec<Linked>>, none: &'static str) -> impl IntoView {
    let ui = use_ui();
    let chip = move |(section, item, title, strength): Linked| {
        let title = words::named(&title).to_owned();
        view! {
            <button type="button" class="chip plain" on:click=move |_| ui.open(section, item)>
                {title}
                <Bars strength />
            </button>
            " "
        }
    };
    view! {
        <For each=move || linked.get() key=Clone::clone children=chip />
        <Show when=move || linked.with(Vec::is_empty)>
            <span class="chip warn">{none}</span>
        </Show>
    }
}

/// The strength of a link, as bars; read aloud as a number.
#[component]
fn Bars(strength: i64) -> impl IntoView {
    view! {
        <span class="lk" aria-hidden="true">
            {STRENGTHS.map(|bar| view! { <i class:on=bar <= strength></i> }).collect_view()}
        </span>
        <span class="sr">{words::strength(strength)}</span>
    }
}

/// Where the interlock does not hold.
#[component]
fn Gaps(interlock: Signal<Interlock>, linking: RwSignal<Option<Linking>>) -> impl IntoView {
    let gaps = memo(move |_| interlock.with(Interlock::gaps));
    let supported = memo(move |_| interlock.with(Interlock::supported_percent));
    // A gap that is mended goes away with its button.
    effect_after(move |before: Option<usize>| {
        let count = gaps.with(Vec::len);
        if before.is_some_and(|before| count < before) {
            browser::mend_focus(&[".gaps .btn", "#page"]);
        }
        count
    });
    let key = |gap: &Gap| match gap {
        Gap::Unsupported(one) => (one.item, format!("{} {:?}", one.title, one.amount)),
        Gap::Unserved(one) | Gap::Idle(one) => (one.item, one.title.clone()),
    };
    view! {
        <section class="card gaps" aria-label=words::GAPS>
            <h2>{words::GAPS}</h2>
            <p class="muted">{move || supported.get().map(words::supported)}</p>
            <ul class="plain-list">
                <For each=move || gaps.get() key=key children=move |gap| view! { <GapRow gap linking /> } />
            </ul>
            <Show when=move || gaps.with(Vec::is_empty)>
                <p class="good-text">{words::NO_GAPS}</p>
            </Show>
        </section>
    }
}

#[component]
fn GapRow(gap: Gap, linking: RwSignal<Option<Linking>>) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let item = gap.item();
    let (section, title, what, is_bad) = match &gap {
        Gap::Unsupported(one) => (
            SectionId::Opportunities,
            one.title.clone(),
            words::unsupported(one.amount.map(money::full)),
            true,
        ),
        Gap::Unserved(one) => (
            SectionId::Initiatives,
            one.title.clone(),
            words::UNSERVED.to_owned(),
            false,
        ),
        Gap::Idle(one) => (SectionId::Drivers, one.title.clone(), words::IDLE.to_owned(), false),
    };
    let (button, label) = match &gap {
        Gap::Unsupported(_) | Gap::Idle(_) => (words::LINK, words::link_of(&title)),
        Gap::Unserved(_) => (words::ADD, words::add_opportunity_for(&title)),
    };
    let title_shown = words::named(&title).to_owned();
    let is_closed = {
        let gap = gap.clone();
        memo(move |_| match &gap {
            Gap::Unsupported(_) | Gap::Idle(_) => store.why_not(section, link_field(section)).is_some(),
            Gap::Unserved(_) => store.why_no_item(SectionId::Opportunities).is_some(),
        })
    };
    let mend = move |_| match &gap {
        Gap::Unsupported(_) | Gap::Idle(_) => linking.set(Some(Linking {
            section,
            item,
            title: title.clone(),
        })),
        Gap::Unserved(_) => add_opportunity(store, ui, item),
    };
    view! {
        <li class="gap">
            <i class:bad=is_bad aria-hidden="true"></i>
            <span>
                <button type="button" class="link t" on:click=move |_| ui.open(section, item)>
                    {title_shown}
                </button>
                <br />
                <span class="muted small">{what}</span>
            </span>
            <button type="button" class="btn" class:gone=is_closed aria-label=label on:click=mend>
                {button}
            </button>
        </li>
    }
}

/// An opportunity that serves the initiative, opened to be named.
fn add_opportunity(store: PlanStore, ui: UiState, initiative: ItemId) {
    if let Some(item) = store.make_item(SectionId::Opportunities, Vec::new()) {
        store.edit(vec![link(SectionId::Opportunities, item, initiative, STRENGTH_FIRST)]);
        ui.open(SectionId::Opportunities, item);
    }
}

/// The field that links an item of a section to initiatives.
const fn link_field(section: SectionId) -> &'static str {
    match section {
        SectionId::Drivers => "forces",
        _ => "supports",
    }
}

fn link(section: SectionId, item: ItemId, initiative: ItemId, strength: i64) -> Edit {
    Edit::Put {
        cell: Cell::link(section, item, link_field(section), &initiative.to_string()),
        value: Scalar::Int(strength),
    }
}

/// Links to an initiative, with a message that takes it back.
fn make_link(store: PlanStore, one: &Linking, initiative: ItemId, strength: i64) {
    if store.edit(vec![link(one.section, one.item, initiative, strength)]) {
        let cell = Cell::link(one.section, one.item, link_field(one.section), &initiative.to_string());
        toast_undo(words::linked_now(&one.title), move || {
            store.edit(vec![Edit::Clear { cell: cell.clone() }]);
        });
    }
}

/// Which initiative, and how strongly.
#[component]
fn LinkDialog(interlock: Signal<Interlock>, linking: RwSignal<Option<Linking>>) -> impl IntoView {
    let store = use_store();
    let open = RwSignal::new(false);
    effect(move || {
        if linking.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            linking.set(None);
        }
    });
    let label = Signal::derive(move || {
        linking.with(|linking| {
            linking
                .as_ref()
                .map(|one| words::link_of(&one.title))
                .unwrap_or_default()
        })
    });
    let choose = move |initiative: ItemId, strength: i64| {
        if let Some(one) = linking.get_untracked() {
            make_link(store, &one, initiative, strength);
        }
        open.set(false);
    };
    let row = move |one: Named| {
        let title = words::named(&one.title).to_owned();
        let item = one.item;
        let buttons = STRENGTHS.map(|strength| {
            view! {
                <button
                    type="button"
                    class="btn"
                    aria-label=words::link_with(&one.title, strength)
                    on:click=move |_| choose(item, strength)
                >
                    <Bars strength />
                </button>
            }
        });
        view! {
            <li class="link-choice">
                <span class="t">{title}</span>
                <span class="buttons">{buttons.collect_view()}</span>
            </li>
        }
    };
    view! {
        <Dialog open label class="linking">
            <p class="muted">{words::LINK_HINT}</p>
            <ul class="plain-list">
                <For
                    each=move || interlock.with(|lock| lock.initiatives.clone())
                    key=|one| (one.item, one.title.clone())
                    children=row
                />
            </ul>
            <Show when=move || interlock.with(|lock| lock.initiatives.is_empty())>
                <p class="faint">{words::NO_INITIATIVES}</p>
                <NextStep section=SectionId::Initiatives />
            </Show>
        </Dialog>
    }
}
