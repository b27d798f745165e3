//! What a list remembers while it is on screen: its rows, the hand, the block, what is being edited.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{Field, ItemId, SectionId};
use leptos::prelude::*;
use protocol::Place;
use wasm_bindgen::JsCast;

use super::arrange::{Sort, held};
use super::block::{Block, Spot};
use super::filter::Filter;
use super::{columns, data};
use crate::browser;
use crate::edit::FieldAt;
use crate::edit::unread::Unreads;
use crate::erased::{effect, effect_after, memo};
use crate::store::{Key, PlanStore};
use crate::ui::UiState;

/// How long the list waits before it counts, sorts and filters again after an edit: many may come at once.
const CALM: Duration = Duration::from_millis(120);

/// What takes the keyboard where no cell has the hand: the cell by which Tab enters, the button of an empty list, the
/// page.
const STANDS_FOR_LIST: [&str; 3] = ["[role=grid] td[tabindex=\"0\"]", "#page .empty .btn", "#page"];

/// The cell that is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Editing {
    /// Which.
    pub(super) spot: Spot,
    /// What was typed to begin.
    pub(super) typed: Option<String>,
}

/// A list on screen.
#[derive(Clone, Copy)]
pub(super) struct GridState {
    pub(super) store: PlanStore,
    pub(super) ui: UiState,
    pub(super) section: SectionId,
    /// The columns.
    pub(super) columns: StoredValue<Arc<Vec<Field>>>,
    /// Why I may not write in each column.
    why_not: StoredValue<Arc<Vec<Memo<Option<String>>>>>,
    /// All items, by rank.
    pub(super) all: Signal<Vec<ItemId>>,
    /// The rows as they are shown.
    pub(super) rows: RwSignal<Vec<ItemId>>,
    /// The cell under the hand.
    pub(super) hand: RwSignal<Option<Spot>>,
    /// The block's other corner.
    pub(super) anchor: RwSignal<Option<Spot>>,
    /// What is being edited.
    pub(super) editing: RwSignal<Option<Editing>>,
    /// Whether the list has the keyboard.
    pub(super) focused: RwSignal<bool>,
    /// How it is sorted.
    pub(super) sort: RwSignal<Option<Sort>>,
    /// The widths that the person dragged, by field.
    pub(super) widths: RwSignal<BTreeMap<String, u32>>,
    /// Whether the filter's controls are open.
    pub(super) filtering: RwSignal<bool>,
    /// Grows when anything of the section changed, calmly.
    pub(super) changed: RwSignal<u32>,
    /// Grows when the person asks for an order: then rows may move.
    settle: RwSignal<u32>,
    /// Rows that I made and where.
    mine: StoredValue<Vec<(ItemId, Option<ItemId>)>>,
    /// The row that I just made and have not written into.
    pub(super) fresh: StoredValue<Option<ItemId>>,
    /// The cell that took nothing of what was typed at it, and when the last of that was, in milliseconds.
    pub(super) refused: StoredValue<Option<(Spot, f64)>>,
    /// Texts that cells could not take.
    pub(super) unreads: StoredValue<Option<Unreads>>,
    /// The row that is being dragged.
    pub(super) dragged: RwSignal<Option<ItemId>>,
    /// The table's element.
    pub(super) table: NodeRef<leptos::html::Table>,
}

impl GridState {
    pub(super) fn new(store: PlanStore, ui: UiState, section: SectionId) -> Self {
        let schema = store.schema();
        let columns = schema.section(section).map(columns::of).unwrap_or_default();
        let why_not = columns.iter().map(|field| {
            let key = field.key.to_string();
            memo(move |_| store.why_not(section, &key))
        });
        let why_not = why_not.collect();
        Self {
            store,
            ui,
            section,
            why_not: StoredValue::new(Arc::new(why_not)),
            columns: StoredValue::new(Arc::new(columns)),
            all: store.items(section),
            rows: RwSignal::new(Vec::new()),
            hand: RwSignal::new(None),
            anchor: RwSignal::new(None),
            editing: RwSignal::new(None),
            focused: RwSignal::new(false),
            sort: RwSignal::new(None),
            widths: RwSignal::new(columns::recall(store.you(), section)),
            filtering: RwSignal::new(false),
            changed: RwSignal::new(0),
            settle: RwSignal::new(0),
            mine: StoredValue::new(Vec::new()),
            fresh: StoredValue::new(None),
            refused: StoredValue::new(None),
            unreads: StoredValue::new(use_context()),
            dragged: RwSignal::new(None),
            table: NodeRef::new(),
        }
    }

    /// The columns.
    pub(super) fn columns(self) -> Arc<Vec<Field>> {
        self.columns.get_value()
    }

    /// Whether I may not write in a column.
    pub(super) fn is_closed(self, column: usize) -> bool {
        self.why_not.with_value(|why_not| {
            let why_not = why_not.get(column);
            why_not.is_some_and(|why_not| why_not.with(Option::is_some))
        })
    }

    /// Why I may not make or put away rows here.
    pub(super) fn why_no_row(self) -> Option<String> {
        self.store.why_no_item(self.section)
    }

    /// The field of a cell.
    pub(super) fn at(self, spot: Spot) -> Option<FieldAt> {
        let field = self.columns.with_value(|columns| columns.get(spot.column).cloned())?;
        Some(FieldAt {
            section: self.section,
            item: spot.item,
            field: Arc::new(field),
        })
    }

    /// The filter that the address says.
    pub(super) fn filter(self) -> Filter {
        Filter::read(&self.ui.filter.get())
    }

    /// Changes the filter, and with it the address.
    pub(super) fn set_filter(self, change: impl FnOnce(&mut Filter)) {
        let mut filter = Filter::read(&self.ui.filter.get_untracked());
        change(&mut filter);
        self.ui.filter.set(filter.spell());
    }

    /// The selected block, if there is a hand.
    pub(super) fn block(self) -> Option<Block> {
        let hand = self.hand.get()?;
        Some(self.rows.with(|rows| Block::between(rows, hand, self.anchor.get())))
    }

    /// The same, once.
    pub(super) fn block_untracked(self) -> Option<Block> {
        untrack(|| self.block())
    }

    /// Lets the rows take their places: the person asked for it.
    pub(super) fn settle(self) {
        self.settle.update(|count| *count += 1);
    }

    /// Notes a row that I make, so that it stands where I make it.
    pub(super) fn note_mine(self, item: ItemId, behind: Option<ItemId>) {
        self.mine.update_value(|mine| mine.push((item, behind)));
        self.fresh.set_value(Some(item));
    }

    /// Keeps rows, presence and the drawer in step with the plan and the hand.
    pub(super) fn follow(self) {
        self.follow_changes();
        self.follow_order();
        self.follow_hand();
    }

    /// One recount for many edits.
    fn follow_changes(self) {
        let waiting = StoredValue::new(false);
        effect_after(move |first: Option<()>| {
            self.store.track(Key::Section(self.section));
            if first.is_none() || waiting.get_value() {
                return;
            }
            waiting.set_value(true);
            set_timeout(
                move || {
                    // The list may be gone by now.
                    if waiting.try_set_value(false).is_none() {
                        self.changed.update(|count| *count += 1);
                    }
                },
                CALM,
            );
        });
    }

    fn follow_order(self) {
        let hand_row = memo(move |_| self.hand.get().map(|spot| spot.item).filter(|_| self.focused.get()));
        effect_after(move |before: Option<Asked>| {
            let items = self.all.get();
            let filter = self.filter();
            let sort = self.sort.get();
            if !filter.is_empty() || sort.is_some() {
                self.changed.track();
            }
            let asked = Asked {
                hand: hand_row.get(),
                filter: self.ui.filter.get(),
                sort: sort.clone(),
                settle: self.settle.get(),
            };
            let columns = self.columns();
            let wanted = data::arranged(self.store, self.section, &columns, &items, &filter, sort.as_ref());
            let mut exists: BTreeSet<ItemId> = items.iter().copied().collect();
            // What is written in a row is not thrown away with it: the row goes when the editor is done.
            exists.extend(
                self.editing
                    .with_untracked(|editing| editing.as_ref().map(|editing| editing.spot.item)),
            );
            let calm = before
                .as_ref()
                .is_some_and(|before| asked.keeps_still(before, self.mine));
            self.rows.try_update(|rows| {
                let next = if calm {
                    self.mine.with_value(|mine| held(rows, &wanted, &exists, mine))
                } else {
                    self.mine.update_value(Vec::clear);
                    with_hand(rows, wanted, asked.hand.filter(|hand| exists.contains(hand)))
                };
                if *rows != next {
                    *rows = next;
                }
            });
            self.keep_focus();
            asked
        });
    }

    /// The others see where I am; the drawer, where it is open, shows the row under the hand.
    fn follow_hand(self) {
        let row = memo(move |_| self.hand.get().map(|spot| spot.item));
        effect(move || {
            let (Some(spot), true) = (self.hand.get(), self.focused.get()) else {
                return;
            };
            if self.editing.with_untracked(Option::is_none) {
                let cell = self.at(spot).map(|at| at.seat(self.store.you()));
                self.store.set_place(Place {
                    cell,
                    ..Place::default()
                });
            }
        });
        effect(move || {
            let Some(item) = row.get() else { return };
            let open = self.ui.open_item.get_untracked();
            if open.is_some_and(|(section, other)| section == self.section && other != item) {
                self.ui.open_item.set(Some((self.section, item)));
            }
        });
    }

    /// A row that was moved in the page has lost the keyboard's focus: the hand gets it back.
    fn keep_focus(self) {
        if !self.focused.get_untracked() || self.editing.with_untracked(Option::is_some) {
            return;
        }
        request_animation_frame(move || {
            if browser::is_focus_lost() && self.focused.try_get_untracked() == Some(true) {
                self.focus_hand();
            }
        });
    }

    /// Gives the keyboard to the cell under the hand; where there is none, to what stands for the list.
    pub(super) fn focus_hand(self) {
        let Some(hand) = self.hand.try_get_untracked() else {
            return; // the list is gone
        };
        let Some(cell) = hand.and_then(|hand| self.element(hand)) else {
            browser::mend_focus(&STANDS_FOR_LIST);
            return;
        };
        let _ = cell.focus();
        // The head of the list is sticky: a cell under it is not seen.
        cell.scroll_into_view_with_scroll_into_view_options(&nearest());
    }

    /// The element of a cell.
    pub(super) fn element(self, spot: Spot) -> Option<web_sys::HtmlElement> {
        let table = self.table.try_get_untracked()??;
        let name = self.at(spot)?.seat(self.store.you()).to_string();
        let found = table
            .query_selector(&format!("[role=gridcell][data-cell=\"{name}\"]"))
            .ok()??;
        found.dyn_into().ok()
    }
}

fn nearest() -> web_sys::ScrollIntoViewOptions {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
    options
}

/// What decides whether rows may move.
struct Asked {
    hand: Option<ItemId>,
    filter: String,
    sort: Option<Sort>,
    settle: u32,
}

impl Asked {
    /// Whether rows stay where they are: the hand is on the row where it was, or on one that I just made, and nobody
    /// asked for another order.
    fn keeps_still(&self, before: &Self, mine: StoredValue<Vec<(ItemId, Option<ItemId>)>>) -> bool {
        let Some(hand) = self.hand else { return false };
        let same_row = before.hand == Some(hand) || mine.with_value(|mine| mine.iter().any(|(item, _)| *item == hand));
        same_row && self.filter == before.filter && self.sort == before.sort && self.settle == before.settle
    }
}

/// The wanted rows, with the row under the hand among them even where the filter does not take it any more.
fn with_hand(shown: &[ItemId], mut wanted: Vec<ItemId>, hand: Option<ItemId>) -> Vec<ItemId> {
    if let Some(hand) = hand.filter(|hand| !wanted.contains(hand)) {
        let at = shown.iter().position(|row| *row == hand).unwrap_or(wanted.len());
        wanted.insert(at.min(wanted.len()), hand);
    }
    wanted
}
