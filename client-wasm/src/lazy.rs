//! Parts of the program that the browser loads when a page first needs them.
//!
//! The build cuts the module at the functions marked here (`wasm_split`): what only they reach comes in a file of its own.
//! Signing in and the list of plans, which everybody sees first, do without the engine that edits a plan.

#![allow(
    clippy::unnecessary_wraps,
    reason = "what is loaded is fallible to the macro, whose body cannot fail in itself"
)]

use std::future::Future;
use std::pin::Pin;

use domain::{ItemId, PlanId, SectionId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::api::Me;
use crate::app::Notice;
use crate::drawer::{Changed, Personal};
use crate::frame::{Find, Keys, StageDialog};
use crate::history::{HistoryPage, Since, Times};
use crate::office::{self, Room};
use crate::pages::{InterlockPage, PlanView, TrackerPage};
use crate::views::{Logo, Outline};
use crate::words;

/// Makes the page of an open plan.
type PlanPage = fn(PlanId, Me) -> AnyView;

/// The page of an open plan, in the part that holds the engine.
#[leptos::wasm_split::wasm_split(plan, wasm_split_path = ::leptos::wasm_split, preload(load_plan_page), fallible)]
fn plan_page() -> Result<PlanPage, SplitLoaderError> {
    Ok(|plan, me| view! { <PlanView plan me /> }.into_any())
}

/// The views of the part on history and time travel.
#[derive(Clone, Copy)]
pub(crate) struct HistoryViews {
    /// The page of the history.
    pub(crate) page: fn() -> AnyView,
    /// The strip with the slider.
    pub(crate) times: fn() -> AnyView,
    /// What has become of an item since.
    pub(crate) since: fn(SectionId, ItemId) -> AnyView,
}

/// History and time travel, in a part of its own: few visits need it.
#[leptos::wasm_split::wasm_split(history, wasm_split_path = ::leptos::wasm_split, fallible)]
fn history_views() -> Result<HistoryViews, SplitLoaderError> {
    Ok(HistoryViews {
        page: || view! { <HistoryPage /> }.into_any(),
        times: || view! { <Times /> }.into_any(),
        since: |section, item| view! { <Since section item /> }.into_any(),
    })
}

/// A view of the part on history, once that is here.
#[component]
pub(crate) fn LazyHistory(
    /// Which.
    view: impl Fn(HistoryViews) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    shown_later(Box::pin(async { history_views().await.ok() }), Box::new(view), true)
}

/// What an open plan has besides its lists, forms and the overview: shown a moment after the plan is.
#[derive(Clone, Copy)]
pub(crate) struct MoreViews {
    /// The page of the interlock.
    pub(crate) interlock: fn() -> AnyView,
    /// The page of the action tracker.
    pub(crate) tracker: fn() -> AnyView,
    /// The dialogs that find, on the plan's stage and on keys.
    pub(crate) dialogs: fn() -> AnyView,
    /// What can be done with what is personal about a contact.
    pub(crate) personal: fn(SectionId, ItemId) -> AnyView,
    /// What changed in an item.
    pub(crate) changed: fn(SectionId, ItemId) -> AnyView,
}

/// More views of an open plan, in a part that comes when the plan is here.
#[leptos::wasm_split::wasm_split(more, wasm_split_path = ::leptos::wasm_split, fallible)]
fn more_views() -> Result<MoreViews, SplitLoaderError> {
    Ok(MoreViews {
        interlock: || view! { <InterlockPage /> }.into_any(),
        tracker: || view! { <TrackerPage /> }.into_any(),
        dialogs: || view! { <Find /> <StageDialog /> <Keys /> }.into_any(),
        personal: |section, item| view! { <Personal section item /> }.into_any(),
        changed: |section, item| view! { <Changed section item /> }.into_any(),
    })
}

/// One of the other views of an open plan, once their part is here.
#[component]
pub(crate) fn LazyMore(
    /// Which.
    view: impl Fn(MoreViews) -> AnyView + Send + Sync + 'static,
    /// Whether nothing is said when it does not come: what is behind a key or a button is missed only when it is asked for.
    #[prop(optional)]
    silent: bool,
) -> impl IntoView {
    shown_later(Box::pin(async { more_views().await.ok() }), Box::new(view), !silent)
}

type Coming<V> = Pin<Box<dyn Future<Output = Option<V>>>>;
type ViewOf<V> = Box<dyn Fn(V) -> AnyView + Send + Sync>;

/// Nothing until a part is here, then a view of it.
fn shown_later<V: Copy + Send + Sync + 'static>(coming: Coming<V>, view: ViewOf<V>, says_why_not: bool) -> AnyView {
    let views = RwSignal::new(None::<Option<V>>);
    spawn_local(async move {
        // The page may have gone meanwhile.
        let _ = views.try_set(Some(coming.await));
    });
    (move || match views.get() {
        Some(Some(views)) => view(views),
        Some(None) if says_why_not => view! { <p class="bad-text" role="alert">{words::NOT_LOADED_WHY}</p> }.into_any(),
        None | Some(None) => ().into_any(),
    })
    .into_any()
}

/// Makes a page of the office.
type RoomPage = fn(Room) -> AnyView;

/// The pages on members, tokens and the workspace's people, in a part that is loaded when one of them is opened.
#[leptos::wasm_split::wasm_split(office, wasm_split_path = ::leptos::wasm_split, fallible)]
fn room_page() -> Result<RoomPage, SplitLoaderError> {
    Ok(office::room)
}

/// A page of the office, with nothing in its place until its part of the program is here.
#[component]
pub(crate) fn LazyRoom(
    /// Which.
    room: Room,
) -> impl IntoView {
    let page = RwSignal::new(None::<Option<RoomPage>>);
    spawn_local(async move {
        // The page may have gone meanwhile.
        let _ = page.try_set(Some(room_page().await.ok()));
    });
    move || match page.get() {
        None => ().into_any(),
        Some(Some(page)) => page(room.clone()),
        Some(None) => view! { <NotLoaded /> }.into_any(),
    }
}

/// Loads what a plan needs before one is opened, so that opening it does not wait.
pub(crate) fn load_ahead() {
    spawn_local(async {
        // Opening a plan tries again, and says so if it fails again.
        let _ = load_plan_page().await;
    });
}

/// A plan's page, with an outline until its part of the program is here.
#[component]
pub(crate) fn LazyPlan(
    /// Which.
    plan: PlanId,
    /// Who is signed in.
    me: Me,
) -> impl IntoView {
    let page = RwSignal::new(None::<Option<PlanPage>>);
    spawn_local(async move {
        // The page may have gone meanwhile.
        let _ = page.try_set(Some(plan_page().await.ok()));
    });
    move || match page.get() {
        None => view! {
            <div class="app">
                <header class="bar">
                    <Logo />
                </header>
                <Outline />
            </div>
        }
        .into_any(),
        Some(Some(page)) => page(plan, me.clone()),
        Some(None) => view! { <NotLoaded /> }.into_any(),
    }
}

/// The part did not come: the network is away, or the server has another version by now, whose page names other parts.
#[component]
fn NotLoaded() -> impl IntoView {
    view! {
        <Notice title=words::NOT_LOADED>
            <p class="muted">{words::NOT_LOADED_WHY}</p>
            <a href="" class="btn go">
                {words::RELOAD}
            </a>
        </Notice>
    }
}
