//! The address and the application, kept in step over the browser's history.

use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MouseEvent, Window};

use crate::route::Route;

/// The application's place.
#[derive(Clone, Copy)]
pub(crate) struct Router {
    route: RwSignal<Route>,
    /// Asked before a plan is left; false stays.
    may_leave: StoredValue<Option<Callback<(), bool>>>,
}

impl Router {
    /// Reads the address and follows the browser's back and forward from here on. Called once.
    pub(crate) fn start() -> Self {
        let router = Self {
            route: RwSignal::new(current()),
            may_leave: StoredValue::new(None),
        };
        let moved = Closure::<dyn FnMut()>::new(move || router.follow_browser());
        if let Some(window) = web_sys::window() {
            window.set_onpopstate(Some(moved.as_ref().unchecked_ref()));
        }
        moved.forget(); // it listens as long as the page lives
        router
    }

    /// Where the application is.
    pub(crate) fn route(self) -> Signal<Route> {
        self.route.into()
    }

    /// Asks `may_leave` before the plan that is open now is left, until the caller is gone.
    pub(crate) fn ask_before_leaving(self, may_leave: impl Fn() -> bool + Send + Sync + 'static) {
        self.may_leave.set_value(Some(Callback::new(move |()| may_leave())));
        on_cleanup(move || {
            let _ = self.may_leave.try_set_value(None);
        });
    }

    /// Whether the way to `route` is free: it stays in the open plan, or the plan may be left.
    fn is_free(self, route: &Route) -> bool {
        let plan = |route: &Route| match route {
            Route::Plan { plan, .. } => Some(*plan),
            Route::Home | Route::SignIn | Route::Tokens | Route::People | Route::Unknown => None,
        };
        let stays = self.route.with_untracked(|before| plan(before) == plan(route));
        stays || self.may_leave.get_value().is_none_or(|may_leave| may_leave.run(()))
    }

    /// The browser went back or forward.
    fn follow_browser(self) {
        let route = current();
        if self.is_free(&route) {
            self.route.set(route);
        } else if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
            let here = self.route.with_untracked(Route::address);
            // A browser may refuse too many changes a second; only the address lags.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&here));
        }
    }

    /// Goes somewhere: the browser's back comes back here. Who looks at a plan's past stays in it from page to page.
    pub(crate) fn go(self, mut route: Route) {
        if let Route::Plan { plan, place } = &mut route
            && place.at.is_none()
        {
            place.at = self.route.with_untracked(|before| match before {
                Route::Plan { plan: before, place } if before == plan => place.at,
                _ => None,
            });
        }
        if !self.is_free(&route) {
            return;
        }
        self.change(route, |window, address| {
            window.history()?.push_state_with_url(&JsValue::NULL, "", Some(address))
        });
    }

    /// Says where we are now, in place of what the address said before.
    pub(crate) fn replace(self, route: Route) {
        self.change(route, |window, address| {
            window
                .history()?
                .replace_state_with_url(&JsValue::NULL, "", Some(address))
        });
    }

    fn change(self, route: Route, write: impl Fn(&Window, &str) -> Result<(), JsValue>) {
        if let Some(window) = web_sys::window() {
            // A browser may refuse too many changes a second; the page goes on, only the address lags.
            let _ = write(&window, &route.address());
        }
        if self.route.with_untracked(|before| *before != route) {
            self.route.set(route);
        }
    }
}

/// The router, for every view.
pub(crate) fn use_router() -> Router {
    expect_context()
}

fn current() -> Route {
    let Some(location) = web_sys::window().map(|window| window.location()) else {
        return Route::Home;
    };
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    Route::parse(&path, query.trim_start_matches('?'))
}

/// A link inside the application. A click with Ctrl, Shift or the middle button stays the browser's.
#[component]
pub(crate) fn Link(
    /// Where it leads.
    #[prop(into)]
    to: Signal<Route>,
    /// Its classes.
    #[prop(into, optional)]
    class: Signal<String>,
    /// "page" while it is where we are.
    #[prop(into, optional)]
    current: Signal<bool>,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let router = use_router();
    let follow = move |event: MouseEvent| {
        if event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            router.go(to.get_untracked());
        }
    };
    view! {
        <a
            href=move || to.get().address()
            class=move || class.get()
            aria-current=move || current.get().then_some("page")
            on:click=follow
        >
            {children()}
        </a>
    }
}
