//! Copy, cut and paste of blocks. What a cell cannot take stays at the cell with its reason.

use domain::{ItemId, Scalar};
use leptos::ev;
use leptos::prelude::*;
use plan::Edit;
use web_sys::ClipboardEvent;

use super::act::open_columns;
use super::block::{Block, Spot};
use super::state::GridState;
use super::tsv;
use crate::browser;
use crate::edit::unread::Unreads;
use crate::ui;
use crate::words::{self, Pasted};

/// Listens while the list is on screen. The browser sends these events to the selection's place, which is not always
/// the cell with the keyboard: so the whole window is listened to.
pub(super) fn listen(state: GridState) {
    let on_copy = window_event_listener(ev::copy, move |event| {
        copy(state, &event);
    });
    let on_cut = window_event_listener(ev::cut, move |event| {
        if copy(state, &event)
            && let Some(block) = state.block_untracked()
        {
            empty(state, &block);
        }
    });
    let on_paste = window_event_listener(ev::paste, move |event| paste(state, &event));
    on_cleanup(move || {
        on_copy.remove();
        on_cut.remove();
        on_paste.remove();
    });
}

/// Whether the keyboard is on a cell of this list that is not being edited.
fn is_mine(state: GridState) -> bool {
    let Some(table) = state.table.get_untracked() else {
        return false;
    };
    let Some(active) = document().active_element() else {
        return false;
    };
    table.contains(Some(&active)) && active.get_attribute("role").as_deref() == Some("gridcell")
}

fn copy(state: GridState, event: &ClipboardEvent) -> bool {
    let Some(block) = state.block_untracked().filter(|_| is_mine(state)) else {
        return false;
    };
    let rows: Vec<Vec<String>> = block
        .items
        .iter()
        .map(|item| {
            (block.from..=block.to)
                .filter_map(|column| state.at(Spot { item: *item, column }))
                .map(|at| at.text(state.store))
                .collect()
        })
        .collect();
    let Some(data) = event.clipboard_data() else {
        return false;
    };
    let copied = data.set_data("text/plain", &tsv::write(&rows)).is_ok();
    if copied {
        event.prevent_default();
    }
    copied
}

fn empty(state: GridState, block: &Block) {
    let mut edits = Vec::new();
    let columns = open_columns(state, block.from..=block.to);
    for item in &block.items {
        for &column in &columns {
            if let Some(at) = state.at(Spot { item: *item, column }) {
                edits.extend(at.clearing(state.store));
            }
        }
    }
    if !edits.is_empty() {
        state.store.edit(edits);
    }
}

fn paste(state: GridState, event: &ClipboardEvent) {
    let Some(block) = state.block_untracked().filter(|_| is_mine(state)) else {
        return;
    };
    let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
    let Some(text) = text else { return };
    event.prevent_default();
    let read = tsv::read(&text);
    let last_column = state.columns.with_value(|columns| columns.len()).saturating_sub(1);
    let widest = read.rows.iter().map(Vec::len).max().unwrap_or(0);
    let reached = (block.from + widest)
        .saturating_sub(1)
        .clamp(block.to, last_column.max(block.to));
    if read.rows.is_empty() || open_columns(state, block.from..=reached).is_empty() {
        return;
    }
    let mut work = Pasting::new(state);
    match read.rows[..] {
        // One cell fills the block.
        [ref row] if row.len() == 1 && block.is_many() => {
            for item in &block.items {
                for column in block.from..=block.to {
                    work.cell(Spot { item: *item, column }, &row[0]);
                }
            }
        }
        _ => work.rows(&block, &read.rows),
    }
    work.beyond += read.beyond;
    work.finish();
}

/// A paste on its way.
struct Pasting {
    state: GridState,
    unreads: Option<Unreads>,
    edits: Vec<Edit>,
    taken: usize,
    not_taken: usize,
    /// Cells that lay beyond the columns, or beyond what one paste takes.
    beyond: usize,
    made: Vec<ItemId>,
    /// Whether I may make rows here.
    makes_rows: bool,
}

impl Pasting {
    fn new(state: GridState) -> Self {
        Self {
            state,
            unreads: state.unreads.get_value(),
            edits: Vec::new(),
            taken: 0,
            not_taken: 0,
            beyond: 0,
            made: Vec::new(),
            makes_rows: untrack(|| state.why_no_row()).is_none(),
        }
    }

    fn rows(&mut self, block: &Block, rows: &[Vec<String>]) {
        let shown = self.state.rows.get_untracked();
        let top = shown
            .iter()
            .position(|row| Some(row) == block.items.first())
            .unwrap_or(0);
        let columns = self.state.columns.with_value(|columns| columns.len());
        for (index, row) in rows.iter().enumerate() {
            let item = match shown.get(top + index) {
                Some(item) => *item,
                None if !self.makes_rows => {
                    self.beyond += row.iter().filter(|text| !text.is_empty()).count();
                    continue;
                }
                None => self.new_row(),
            };
            for (offset, text) in row.iter().enumerate() {
                let column = block.from + offset;
                if column < columns {
                    self.cell(Spot { item, column }, text);
                } else if !text.is_empty() {
                    self.beyond += 1;
                }
            }
        }
    }

    /// A row beyond the last: a new item at the section's end.
    fn new_row(&mut self) -> ItemId {
        let state = self.state;
        let item = browser::new_item();
        let rank = match self.last_made_rank() {
            Some(rank) => plan::rank_between(Some(&rank), None),
            None => state.store.rank_between(
                state.section,
                state.store.peek_items(state.section).last().copied(),
                None,
            ),
        };
        self.edits.push(Edit::MakeItem {
            section: state.section,
            item,
            fields: vec![("rank".to_owned(), Scalar::Str(rank))],
        });
        self.made.push(item);
        item
    }

    fn last_made_rank(&self) -> Option<String> {
        self.edits.iter().rev().find_map(|edit| match edit {
            Edit::MakeItem { fields, .. } => fields.iter().find_map(|(_, rank)| rank.as_str().map(str::to_owned)),
            _ => None,
        })
    }

    fn cell(&mut self, spot: Spot, text: &str) {
        let Some(at) = self.state.at(spot) else { return };
        let seat = at.seat(self.state.store.you());
        let read = match untrack(|| at.why_not(self.state.store)) {
            Some(why) => Err(why),
            None => at.edits_of_text(self.state.store, text),
        };
        match read {
            Ok(edits) => {
                self.taken += 1;
                self.edits.extend(edits);
                if let Some(unreads) = self.unreads {
                    unreads.drop(&seat);
                }
            }
            Err(why) => {
                self.not_taken += 1;
                if let Some(unreads) = self.unreads {
                    unreads.keep(seat, text.to_owned(), why);
                }
            }
        }
    }

    /// Makes the edits, in parts where they are too many for one change, and says what became of the cells.
    fn finish(self) {
        for part in self.edits.chunks(plan::EDITS_PER_CHANGE_MAX) {
            if !self.state.store.edit(part.to_vec()) {
                return;
            }
        }
        self.state.settle();
        if self.taken + self.not_taken + self.beyond > 1 || self.not_taken > 0 {
            ui::toast(words::pasted(&Pasted {
                taken: self.taken,
                made: self.made.len(),
                not_taken: self.not_taken,
                beyond: self.beyond,
            }));
        }
    }
}
