//! The selected block: from one cell to another, by rows as they are shown.

use domain::ItemId;

/// A cell by its row's item and its column's place: rows may move, the hand stays on its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// The row.
    pub(super) item: ItemId,
    /// The column.
    pub(super) column: usize,
}

/// A block of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its rows, from the top.
    pub(super) items: Vec<ItemId>,
    /// Its first column.
    pub(super) from: usize,
    /// Its last column.
    pub(super) to: usize,
}

impl Block {
    /// The block between two cells; one cell alone where the other's row is not shown any more.
    pub(super) fn between(rows: &[ItemId], hand: Spot, anchor: Option<Spot>) -> Self {
        let place = |spot: Spot| rows.iter().position(|row| *row == spot.item);
        let other = anchor.unwrap_or(hand);
        match (place(hand), place(other)) {
            (Some(a), Some(b)) => Self {
                items: rows[a.min(b)..=a.max(b)].to_vec(),
                from: hand.column.min(other.column),
                to: hand.column.max(other.column),
            },
            _ => Self {
                items: vec![hand.item],
                from: hand.column,
                to: hand.column,
            },
        }
    }

    /// Whether it is more than one cell.
    pub(super) fn is_many(&self) -> bool {
        self.items.len() > 1 || self.from != self.to
    }

    /// Whether a cell of the row is in it, and which columns then.
    pub(super) fn columns_in(&self, item: ItemId) -> Option<(usize, usize)> {
        (self.is_many() && self.items.contains(&item)).then_some((self.from, self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_block_spans_both_corners_whichever_comes_first() {
        let rows: Vec<ItemId> = (1..=4).map(|number| ItemId(Uuid::from_u128(number))).collect();
        let spot = |row: usize, column| Spot {
            item: rows[row],
            column,
        };
        let block = Block::between(&rows, spot(2, 0), Some(spot(1, 3)));
        assert_eq!((block.items.len(), block.from, block.to), (2, 0, 3));
        assert_eq!(block.columns_in(rows[1]), Some((0, 3)));
        assert_eq!(block.columns_in(rows[0]), None);
        let gone = Spot {
            item: ItemId::SINGLE,
            column: 3,
        };
        assert!(!Block::between(&rows, spot(2, 1), Some(gone)).is_many());
    }
}
