//! Whether what was written in a cell is saved.

use domain::Cell;
use session::{CellState, Session};

use super::links_seat;

/// The state of a cell; of a field with several values, that of any edit of one of them.
pub(super) fn state_of(session: &Session, cell: &Cell) -> CellState {
    if links_seat(cell).as_ref() != Some(cell) {
        return session.cell_state(cell);
    }
    let is_of_field = |other: &Cell| links_seat(other).as_ref() == Some(cell);
    let is_waiting = |own: &session::Own| own.edits.iter().any(|edit| is_of_field(&edit.cell()));
    if session.unsaved_changes().any(is_waiting) {
        return CellState::Waiting;
    }
    let mut refused = session.rejected().iter();
    let refused = refused.position(|edit| edit.cells.iter().any(is_of_field));
    refused.map_or(CellState::Saved, CellState::Rejected)
}
