//! What a person has open: page, item, filter, dialogs; and the short messages at the foot of the page.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use domain::{ItemId, PlanId, SectionId, Seq};
use leptos::prelude::*;

use crate::erased::effect;
use crate::route::{Page, PlanPlace, Route};
use crate::router::Router;

/// How long a message stays.
const TOAST_SHOWN: Duration = Duration::from_secs(8);
/// How many messages stand at once; older ones go.
const TOASTS_MAX: usize = 4;

/// What a person has open in a plan. The address says page, item and filter.
#[derive(Clone, Copy)]
pub(crate) struct UiState {
    /// The page.
    pub(crate) page: RwSignal<Page>,
    /// The item in the drawer.
    pub(crate) open_item: RwSignal<Option<(SectionId, ItemId)>>,
    /// The page's filter, as the page spells it; empty for none.
    pub(crate) filter: RwSignal<String>,
    /// The last entry of the past that is looked at; None for the plan as it is.
    pub(crate) at: RwSignal<Option<Seq>>,
    /// Whether the way through the plan's past is open, even while the plan is shown as it is.
    pub(crate) times_shown: RwSignal<bool>,
    /// Whether the find dialog is open.
    pub(crate) finding: RwSignal<bool>,
    /// Whether the dialog of keys is open.
    pub(crate) keys_shown: RwSignal<bool>,
    /// Whether the panel of refused edits is open.
    pub(crate) rejected_shown: RwSignal<bool>,
    /// Whether the dialog of stages is open.
    pub(crate) stage_shown: RwSignal<bool>,
    /// Whether the rail is open, where the window is too narrow to show it always.
    pub(crate) rail_open: RwSignal<bool>,
}

impl UiState {
    /// The state that an address asks for, kept in step with the address from here on.
    pub(crate) fn start(plan: PlanId, place: PlanPlace, router: Router) -> Self {
        let ui = Self {
            page: RwSignal::new(place.page),
            open_item: RwSignal::new(place.item),
            filter: RwSignal::new(place.filter),
            at: RwSignal::new(place.at),
            times_shown: RwSignal::new(false),
            finding: RwSignal::new(false),
            keys_shown: RwSignal::new(false),
            rejected_shown: RwSignal::new(false),
            stage_shown: RwSignal::new(false),
            rail_open: RwSignal::new(false),
        };
        ui.follow_address(plan, router);
        ui.write_address(plan, router);
        ui
    }

    /// Back, forward and links: the address changed.
    fn follow_address(self, plan: PlanId, router: Router) {
        effect(move || {
            let Route::Plan { plan: now, place } = router.route().get() else {
                return;
            };
            if now == plan && place != self.place_untracked() {
                self.page.set(place.page);
                self.open_item.set(place.item);
                self.filter.set(place.filter);
                self.at.set(place.at);
                self.rail_open.set(false);
            }
        });
    }

    /// A page set one of the signals: the address follows. A page, and going into the past, is a step of the browser's
    /// history; an item, a filter and another moment are not, or moving through a list would fill it.
    fn write_address(self, plan: PlanId, router: Router) {
        effect(move || {
            let place = PlanPlace {
                page: self.page.get(),
                item: self.open_item.get(),
                filter: self.filter.get(),
                at: self.at.get(),
            };
            let Route::Plan { plan: now, place: said } = router.route().get_untracked() else {
                return;
            };
            if now != plan || said == place {
                return;
            }
            let turns = said.page != place.page || (said.at.is_none() && place.at.is_some());
            let route = Route::Plan { plan, place };
            if turns {
                router.go(route);
            } else {
                router.replace(route);
            }
        });
    }

    fn place_untracked(self) -> PlanPlace {
        PlanPlace {
            page: self.page.get_untracked(),
            item: self.open_item.get_untracked(),
            filter: self.filter.get_untracked(),
            at: self.at.get_untracked(),
        }
    }

    /// Opens an item in the drawer, on whatever page we are.
    pub(crate) fn open(self, section: SectionId, item: ItemId) {
        self.open_item.set(Some((section, item)));
    }

    /// Turns to the history of an item, or of one of its fields.
    pub(crate) fn show_history(self, section: SectionId, item: ItemId, field: Option<&str>) {
        let field = field.map(|field| format!(" field:{field}")).unwrap_or_default();
        self.filter.set(format!("item:{section}/{item}{field}"));
        self.page.set(Page::History);
    }

    /// Turns to a page, without a filter and with the drawer closed.
    pub(crate) fn turn_to(self, page: Page) {
        self.filter.set(String::new());
        self.open_item.set(None);
        self.page.set(page);
    }
}

/// What a person has open, for every view inside a plan.
pub(crate) fn use_ui() -> UiState {
    expect_context()
}

/// What a message's "Undo" does.
pub(crate) type Undo = Arc<dyn Fn() + Send + Sync>;

/// A message at the foot of the page.
#[derive(Clone)]
pub(crate) struct Toast {
    /// Its number, for keyed drawing.
    pub(crate) id: u64,
    /// What it says.
    pub(crate) text: String,
    /// What its "Undo" does.
    pub(crate) undo: Option<Undo>,
}

thread_local! {
    // The messages belong to the application and not to a page: they outlive the page that sent them.
    static TOASTS: ArcRwSignal<Vec<Toast>> = ArcRwSignal::new(Vec::new());
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// The messages that stand now.
pub(crate) fn toasts() -> ArcRwSignal<Vec<Toast>> {
    TOASTS.with(Clone::clone)
}

/// Shows a message for a while.
pub(crate) fn toast(text: impl Into<String>) {
    show(text.into(), None);
}

/// The same, unless it stands there already: a key that is pressed again and again says it once.
pub(crate) fn toast_once(text: impl Into<String>) {
    let text = text.into();
    let stands = toasts().with_untracked(|list| list.iter().any(|toast| toast.text == text));
    if !stands {
        toast(text);
    }
}

/// Shows a message with an "Undo".
pub(crate) fn toast_undo(text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
    show(text.into(), Some(Arc::new(undo)));
}

/// Takes a message away.
pub(crate) fn dismiss_toast(id: u64) {
    toasts().update(|list| list.retain(|toast| toast.id != id));
}

fn show(text: String, undo: Option<Undo>) {
    let id = NEXT.replace(NEXT.get() + 1);
    toasts().update(|list| {
        list.push(Toast { id, text, undo });
        let over = list.len().saturating_sub(TOASTS_MAX);
        list.drain(..over);
    });
    expire_later(id);
}

/// Takes a message away after a while; while someone has the keyboard in it, or the mouse on it, it waits.
fn expire_later(id: u64) {
    set_timeout(
        move || {
            if crate::browser::is_matched(".toasts:focus-within, .toasts:hover") {
                expire_later(id);
            } else {
                dismiss_toast(id);
            }
        },
        TOAST_SHOWN,
    );
}
