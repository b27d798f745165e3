//! One open plan: the frame, and the page that the address names.

use std::time::Duration;

use domain::{ActorId, Cell, ItemId, PlanId, Scalar, SectionId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use plan::Edit;
use protocol::Bye;

use super::form::FormPage;
use super::overview::OverviewPage;
use crate::actor;
use crate::api::{self, Me, poll};
use crate::browser;
use crate::drawer::Drawer;
use crate::edit::unread::Unreads;
use crate::erased::{Show, effect, memo};
use crate::frame::{Bar, Rail, Refused, SafeMode, ShutOut, Toasts, Trouble, shortcuts, tell_standing};
use crate::grid::Grid;
use crate::history::words as past;
use crate::lazy::{LazyHistory, LazyMore, LazyRoom};
use crate::office::Room;
use crate::route::{Page, PlanPlace, Route};
use crate::router::use_router;
use crate::store::{Connection, PlanStore, Then, use_store};
use crate::typing::{Away, Typing};
use crate::ui::{UiState, use_ui};
use crate::views::Outline;
use crate::words;

/// A plan. Which actor writes here is asked of the browser first: see [`actor`].
#[component]
pub(crate) fn PlanView(
    /// Which.
    plan: PlanId,
    /// Who is signed in.
    me: Me,
) -> impl IntoView {
    let actor = RwSignal::new(None::<ActorId>);
    let person = me.id;
    spawn_local(async move {
        let claimed = actor::claim(person, plan).await;
        // The page may have gone while the browser was asked.
        let _ = actor.try_set(Some(claimed));
    });
    move || {
        let me = me.clone();
        actor.get().map(|actor| view! { <OpenPlan plan actor me /> })
    }
}

#[component]
fn OpenPlan(plan: PlanId, actor: ActorId, me: Me) -> impl IntoView {
    let router = use_router();
    let store = PlanStore::open(plan, me.id, actor);
    provide_context(store);
    let place = match router.route().get_untracked() {
        Route::Plan { place, .. } => place,
        Route::Home | Route::SignIn | Route::Tokens | Route::People | Route::Unknown => PlanPlace::default(),
    };
    let ui = UiState::start(plan, place, router);
    provide_context(ui);
    crate::edit::provide();
    shortcuts(store, ui);
    marks(store);
    warn_before_leaving(store);
    settle_when_signed_out(store);
    follow_past(store, ui);
    router.ask_before_leaving(leaving(store));
    follow_network(store);
    arrive(store);
    tell_standing(store);

    let name = plan_name(plan);
    let page_me = StoredValue::new(me.clone());
    let (ready, shut_out) = (store.ready(), store.shut_out());
    let travels = memo(move |_| ui.at.get().is_some() || ui.times_shown.get());
    let is_coming = memo(move |_| store.then().with(|then| *then == Then::Coming));
    view! {
        <div class="app" class:past=move || store.is_past()>
            <a
                class="skip"
                href="#page"
                on:click=|event| {
                    event.prevent_default();
                    browser::focus("#page");
                }
            >
                {words::SKIP}
            </a>
            <Bar me name />
            <Show when=move || !shut_out.get() fallback=ShutOut>
                <Show when=move || ready.get() fallback=Opening>
                    <Show when=move || travels.get()>
                        <LazyHistory view=|views| (views.times)() />
                    </Show>
                    <Rail />
                    <div class="main">
                        <main class="page" id="page" tabindex="-1">
                            <Trouble />
                            <Show when=move || !is_coming.get() fallback=Coming>
                                <PageBody me=page_me.get_value() />
                            </Show>
                        </main>
                        <Show when=move || !is_coming.get()>
                            <Drawer />
                        </Show>
                    </div>
                    <LazyMore view=|views| (views.dialogs)() silent=true />
                </Show>
            </Show>
            <Show when=move || !shut_out.get()>
                <Refused />
            </Show>
            <SafeMode />
            <Toasts />
        </div>
    }
}

/// While the plan is not here: the frame's outline, and what keeps it when it does not come.
#[component]
fn Opening() -> impl IntoView {
    view! {
        <Outline>
            <Trouble />
        </Outline>
    }
}

/// While the plan as it was is on its way: rather nothing than the plan as it is.
#[component]
fn Coming() -> impl IntoView {
    view! {
        <p class="muted" role="status">
            {past::ON_ITS_WAY}
        </p>
    }
}

#[component]
fn PageBody(me: Me) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    // A list of the past is another one: it begins anew.
    let page = memo(move |_| (ui.page.get(), store.is_past()));
    move || match page.get().0 {
        Page::Overview => view! { <OverviewPage /> }.into_any(),
        Page::Section(section) if section.is_single() => view! { <FormPage section item=ItemId::SINGLE /> }.into_any(),
        Page::Section(section) => view! { <Grid section /> }.into_any(),
        Page::Interlock => view! { <LazyMore view=|views| (views.interlock)() /> }.into_any(),
        // The tracker is the server's report of today.
        Page::Tracker if store.is_past() => view! { <Grid section=SectionId::Actions /> }.into_any(),
        Page::Tracker => view! { <LazyMore view=|views| (views.tracker)() /> }.into_any(),
        Page::History => view! { <LazyHistory view=|views| (views.page)() /> }.into_any(),
        Page::Team => {
            let room = Room::Members(store.plan(), me.clone());
            view! { <LazyRoom room /> }.into_any()
        }
    }
}

/// The plan's name, which stands in the list of plans and not in the plan.
fn plan_name(plan: PlanId) -> Signal<String> {
    let name = RwSignal::new(String::new());
    spawn_local(async move {
        if let Ok(plans) = api::plans().await
            && let Some(known) = plans.into_iter().find(|known| known.id == plan)
        {
            // The page may have gone meanwhile.
            let _ = name.try_set(known.name);
        }
    });
    effect(move || {
        browser::set_title(&words::title(&name.get()));
    });
    name.into()
}

/// What tests and style sheets may know: attributes of `<html>`.
fn marks(store: PlanStore) {
    effect(move || browser::mark("data-ready", if store.ready().get() { "true" } else { "false" }));
    effect(move || {
        let online = store.connection().with(|connection| *connection == Connection::Online);
        browser::mark("data-online", if online { "true" } else { "false" });
    });
    effect(move || browser::mark("data-unsaved", &store.unsaved().get().to_string()));
    effect(move || {
        // An own edit changes the heads before it has a number.
        store.unsaved().track();
        let head = store.head().get();
        browser::mark("data-seq", &head.to_string());
        browser::mark("data-heads", &store.peek_heads());
    });
    on_cleanup(|| {
        for name in [
            "data-ready",
            "data-online",
            "data-unsaved",
            "data-seq",
            "data-heads",
            "data-role",
        ] {
            browser::unmark(name);
        }
    });
}

/// Before the page is closed or loaded anew, what is typed becomes an edit; the browser asks if anything is not saved
/// then. That includes what is on its way: the question gives it the time to arrive. A page that is only hidden may be
/// ended without a further word, so it keeps what is typed too.
fn warn_before_leaving(store: PlanStore) {
    let typing = Typing::provide();
    let unreads = Unreads::expect();
    let going = window_event_listener(leptos::ev::beforeunload, move |event| {
        let is_settled = typing.settle(Away::Going);
        let is_refused = store.rejected().with_untracked(|edits| !edits.is_empty());
        if !is_settled || store.unsaved().get_untracked() > 0 || is_refused || unreads.is_any() {
            event.prevent_default();
            event.set_return_value(words::UNSAVED);
        }
    });
    let gone = window_event_listener(leptos::ev::pagehide, move |_| {
        typing.settle(Away::Going);
    });
    let hidden = window_event_listener(leptos::ev::visibilitychange, move |_| {
        if document().hidden() {
            typing.settle(Away::Hidden);
        }
    });
    on_cleanup(move || {
        going.remove();
        gone.remove();
        hidden.remove();
    });
}

/// Who is signed out sends nothing any more: what is typed becomes an edit, which is counted as not saved and can be taken
/// out.
fn settle_when_signed_out(store: PlanStore) {
    let typing = use_context::<Typing>();
    let connection = store.connection();
    effect(move || {
        let is_over = connection.with(|connection| *connection == Connection::Ended(Bye::SignedOut));
        if let Some(typing) = typing.filter(|_| is_over) {
            // Later: an edit tells of itself what this effect may not hear while it runs.
            set_timeout(
                move || {
                    typing.settle(Away::Hidden);
                },
                Duration::ZERO,
            );
        }
    });
}

/// Whether the plan may be left for another page of the application. Edits that are on their way to a server that
/// answers arrive all the same; others would be lost, and only the person can say so.
fn leaving(store: PlanStore) -> impl Fn() -> bool + Send + Sync + 'static {
    let since = StoredValue::new(None::<i64>);
    let unreads = Unreads::expect();
    effect(move || {
        if store.unsaved().get() == 0 {
            since.set_value(None);
        } else if since.get_value().is_none() {
            since.set_value(Some(browser::now().0));
        }
    });
    move || {
        if store.shut_out().get_untracked() && unreads.is_any() && !browser::confirm(words::LEAVE_UNSAVED) {
            return false;
        }
        let Some(since) = since.get_value() else { return true };
        let is_online = store
            .connection()
            .with_untracked(|connection| *connection == Connection::Online);
        let is_under_way = browser::now().0 - since < UNDER_WAY_MS;
        (is_online && is_under_way) || browser::confirm(words::LEAVE_UNSAVED)
    }
}

/// How often a page of a plan that is not there asks for it again.
const RESTORED_EVERY: Duration = Duration::from_secs(3);

/// So long an unsaved edit counts as on its way, in milliseconds.
const UNDER_WAY_MS: i64 = 2_000;

/// The address asks for a past, or for the plan as it is. What is typed becomes an edit on the way into the past.
fn follow_past(store: PlanStore, ui: UiState) {
    let typing = use_context::<Typing>();
    effect(move || {
        let is_asked = ui.at.get().is_some();
        let is_there = untrack(|| store.is_past());
        if is_asked && !is_there {
            if let Some(typing) = typing {
                typing.settle(Away::Hidden);
            }
            store.look_at(Then::Coming);
        } else if !is_asked {
            store.look_at(Then::Now);
        }
    });
}

/// The browser says that the network is back: the next try need not wait. A plan that was archived may be restored:
/// that is looked for while someone looks at its page.
fn follow_network(store: PlanStore) {
    let listening = window_event_listener(leptos::ev::online, move |_| store.reconnect());
    on_cleanup(move || listening.remove());
    poll::while_looked_at(RESTORED_EVERY, move || {
        let connection = store.connection();
        if connection.with_untracked(|connection| *connection == Connection::Ended(Bye::NoSuchPlan)) {
            store.reconnect();
        }
    });
}

/// The plan is here: the page has the keyboard, unless something has it; a plan that was just made has its account's
/// name in its profile.
fn arrive(store: PlanStore) {
    let arrived = StoredValue::new(false);
    effect(move || {
        if !store.ready().get() || arrived.get_value() {
            return;
        }
        arrived.set_value(true);
        browser::mend_focus(&["#page"]);
        let title = Cell::field(SectionId::Profile, ItemId::SINGLE, "title");
        if let Some(account) = super::home::account_of_new(store.plan())
            && store.peek_value(&title).is_none()
        {
            let value = Scalar::Str(account);
            // Later: an edit tells of itself what this effect may not hear while it runs.
            set_timeout(
                move || {
                    store.edit(vec![Edit::Put { cell: title, value }]);
                },
                Duration::ZERO,
            );
        }
    });
}
