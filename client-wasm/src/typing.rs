//! What is typed and no edit yet. Each open editor says here how that becomes one, for when the page goes away without
//! being asked: a tab that is closed or loaded anew takes no focus from an editor, and ends no view.

use std::rc::Rc;

use leptos::prelude::*;

/// How the page may go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// Out of sight: another tab is looked at. It mostly comes back, but a telephone may end it without a further word.
    Hidden,
    /// It is closed or loaded anew, unless the person decides otherwise.
    Going,
}

/// Makes an edit of what an editor holds, and leaves the editor open. Answers whether all that was typed is an edit.
type Settle = Rc<dyn Fn(Away) -> bool>;

/// The open editors of a plan.
#[derive(Clone, Copy)]
pub(crate) struct Typing(StoredValue<Editors, LocalStorage>);

#[derive(Default)]
struct Editors {
    /// Numbers the editors, so that each can be forgotten.
    begun: usize,
    open: Vec<(usize, Settle)>,
}

impl Typing {
    /// Makes the plan's list of them; called once where a plan is opened.
    pub(crate) fn provide() -> Self {
        let typing = Self(StoredValue::new_local(Editors::default()));
        provide_context(typing);
        typing
    }

    /// All editors make edits of what they hold. Answers whether there is nothing left that is none.
    pub(crate) fn settle(self, away: Away) -> bool {
        let open: Vec<Settle> = self
            .0
            .try_with_value(|editors| editors.open.iter().map(|(_, settle)| settle.clone()).collect())
            .unwrap_or_default();
        let mut is_settled = true;
        for settle in open {
            is_settled &= settle(away);
        }
        is_settled
    }
}

/// Says how the editor that is built now makes an edit of what it holds, as long as its view is there.
pub(crate) fn settles(settle: impl Fn(Away) -> bool + 'static) {
    let Some(Typing(editors)) = use_context() else { return };
    let number = editors.try_update_value(|editors| {
        editors.begun += 1;
        editors.open.push((editors.begun, Rc::new(settle)));
        editors.begun
    });
    on_cleanup(move || {
        // The whole plan may be going.
        editors.try_update_value(|editors| editors.open.retain(|(other, _)| Some(*other) != number));
    });
}
