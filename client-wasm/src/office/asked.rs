//! Something that the server is asked for, and asked again after each change: what came last, and what went wrong.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{ApiError, poll};
use crate::app::{Session, use_session};
use crate::browser;
use crate::ui::toast;

/// How often it is asked for again while someone looks: others change it, too.
const ASK_EVERY: Duration = Duration::from_secs(3);

type Asking<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// What the server says, as asked last.
pub(super) struct Asked<T: 'static> {
    /// The answer; None until the first.
    pub(super) answer: RwSignal<Option<T>>,
    /// Why there is none.
    pub(super) trouble: RwSignal<Option<String>>,
    /// How many changes were refused: what was chosen is drawn anew then, as it is.
    pub(super) refused: RwSignal<usize>,
    /// What gets the keyboard back when the answer is drawn, if its view went away with it.
    then_focus: StoredValue<Option<String>>,
    /// Whether a change is under way.
    pub(super) busy: RwSignal<bool>,
    ask: StoredValue<Box<dyn Fn() -> Asking<T> + Send + Sync>>,
    session: Session,
}

impl<T> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Asked<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Asked<T> {
    /// Asks now, and again while someone looks at the view that is made.
    pub(super) fn new(ask: impl Fn() -> Asking<T> + Send + Sync + 'static) -> Self {
        let asked = Self {
            answer: RwSignal::new(None),
            trouble: RwSignal::new(None),
            refused: RwSignal::new(0),
            then_focus: StoredValue::new(None),
            busy: RwSignal::new(false),
            ask: StoredValue::new(Box::new(ask)),
            session: use_session(),
        };
        asked.again();
        poll::while_looked_at(ASK_EVERY, move || asked.again());
        asked
    }

    /// Asks again.
    pub(super) fn again(self) {
        let Some(asking) = self.ask.try_with_value(|ask| ask()) else {
            return;
        };
        spawn_local(async move {
            match asking.await {
                Ok(answer) => {
                    // The page may have gone meanwhile.
                    let _ = self.trouble.try_set(None);
                    if self
                        .answer
                        .try_with_untracked(|before| before.as_ref() != Some(&answer))
                        == Some(true)
                    {
                        self.answer.set(Some(answer));
                    }
                    self.mend_focus();
                }
                Err(error) if error.is_signed_out() => self.session.ended(),
                Err(error) => drop(self.trouble.try_set(Some(error.words))),
            }
        });
    }

    /// The element of the next change: it has the keyboard afterwards, if its view went away.
    pub(super) fn from(self, selector: String) -> Self {
        self.then_focus.set_value(Some(selector));
        self
    }

    fn mend_focus(self) {
        let Some(selector) = self.then_focus.try_update_value(Option::take).flatten() else {
            return;
        };
        browser::after_paint(move || {
            if browser::is_focus_lost() {
                browser::focus_first(&[&selector, "#page"]);
            }
        });
    }

    /// Changes something and asks again; says in a message why it could not be.
    pub(super) fn change(self, change: impl Future<Output = Result<(), ApiError>> + 'static) {
        self.change_then(change, || ());
    }

    /// The same, with something to do when it is done.
    pub(super) fn change_then(
        self,
        change: impl Future<Output = Result<(), ApiError>> + 'static,
        then: impl FnOnce() + 'static,
    ) {
        self.busy.set(true);
        let change: Pin<Box<dyn Future<Output = Result<(), ApiError>>>> = Box::pin(change);
        self.run(change, Box::new(then));
    }

    fn run(self, change: Pin<Box<dyn Future<Output = Result<(), ApiError>>>>, then: Box<dyn FnOnce()>) {
        spawn_local(async move {
            let answer = change.await;
            let is_there = self.busy.try_set(false).is_none();
            match answer {
                Ok(()) if is_there => then(),
                Ok(()) => {}
                Err(error) if error.is_signed_out() => self.session.ended(),
                Err(error) => {
                    toast(error.words);
                    if is_there {
                        self.refused.update(|count| *count += 1);
                    }
                }
            }
            if is_there {
                self.again();
            }
        });
    }
}
