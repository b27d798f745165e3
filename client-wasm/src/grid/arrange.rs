//! In which order rows stand: sorted by a column, and calm under the hand.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use domain::ItemId;

use crate::erased::sort_by;

/// How the rows are sorted. Without a sort they stand by rank, as the team arranged them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    /// The field.
    pub(crate) field: String,
    /// Greatest first.
    pub(crate) descending: bool,
}

/// What a row is sorted by. Empty cells come last in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SortKey {
    /// A number: a choice's place among the choices, an amount, a whole number.
    Number(i128),
    /// Words, in lower case; a day.
    Words(String),
    /// Nothing there.
    Empty,
}

/// The rows in the sort's order; equal rows keep the order in which they come.
pub(crate) fn sorted(mut rows: Vec<(ItemId, SortKey)>, descending: bool) -> Vec<ItemId> {
    sort_by(&mut rows, |(_, a), (_, b)| compare(a, b, descending));
    rows.into_iter().map(|(item, _)| item).collect()
}

fn compare(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    let order = match (a, b) {
        (SortKey::Empty, SortKey::Empty) => return Ordering::Equal,
        (SortKey::Empty, _) => return Ordering::Greater,
        (_, SortKey::Empty) => return Ordering::Less,
        (SortKey::Number(a), SortKey::Number(b)) => a.cmp(b),
        (SortKey::Words(a), SortKey::Words(b)) => a.cmp(b),
        (SortKey::Number(_), SortKey::Words(_)) => Ordering::Less,
        (SortKey::Words(_), SortKey::Number(_)) => Ordering::Greater,
    };
    if descending { order.reverse() } else { order }
}

/// What the next click on a header does: up, down, none.
pub(crate) fn next_sort(now: Option<&Sort>, field: &str) -> Option<Sort> {
    match now {
        Some(sort) if sort.field == field && sort.descending => None,
        Some(sort) if sort.field == field => Some(Sort {
            field: field.to_owned(),
            descending: true,
        }),
        _ => Some(Sort {
            field: field.to_owned(),
            descending: false,
        }),
    }
}

/// The rows to show while a hand is on the list: those shown keep their places, whatever was edited, as long as they
/// exist; what is new stands at the end, but what I made myself right where I made it. Nothing jumps.
///
/// `wanted` is the order without a hand, `exists` everything that is not deleted, `mine` the rows I made with the row
/// that each stands behind.
pub(crate) fn held(
    shown: &[ItemId],
    wanted: &[ItemId],
    exists: &BTreeSet<ItemId>,
    mine: &[(ItemId, Option<ItemId>)],
) -> Vec<ItemId> {
    let mut rows: Vec<ItemId> = shown.iter().copied().filter(|item| exists.contains(item)).collect();
    let mut there: BTreeSet<ItemId> = rows.iter().copied().collect();
    for (item, behind) in mine {
        if exists.contains(item) && there.insert(*item) {
            let at = behind.and_then(|behind| rows.iter().position(|row| *row == behind));
            rows.insert(at.map_or(rows.len(), |at| at + 1), *item);
        }
    }
    rows.extend(wanted.iter().copied().filter(|item| !there.contains(item)));
    rows
}

/// Where a row goes when it is moved by `by` places among the rows: between which two rows it then stands.
pub(crate) fn neighbours(rows: &[ItemId], item: ItemId, by: isize) -> Option<(Option<ItemId>, Option<ItemId>)> {
    let at = rows.iter().position(|row| *row == item)?;
    let to = at.checked_add_signed(by).filter(|to| *to < rows.len() && *to != at)?;
    if to < at {
        return Some((to.checked_sub(1).map(|above| rows[above]), Some(rows[to])));
    }
    Some((Some(rows[to]), rows.get(to + 1).copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> ItemId {
        ItemId(Uuid::from_u128(number))
    }

    fn ids(numbers: &[u128]) -> Vec<ItemId> {
        numbers.iter().copied().map(id).collect()
    }

    #[test]
    fn empty_cells_come_last_in_either_direction() {
        let rows = vec![
            (id(1), SortKey::Empty),
            (id(2), SortKey::Number(5)),
            (id(3), SortKey::Number(7)),
            (id(4), SortKey::Number(5)),
        ];
        assert_eq!(sorted(rows.clone(), false), ids(&[2, 4, 3, 1]));
        assert_eq!(sorted(rows, true), ids(&[3, 2, 4, 1]));
    }

    #[test]
    fn a_header_sorts_up_then_down_then_not() {
        let up = next_sort(None, "amount").expect("a sort");
        assert!(!up.descending);
        let down = next_sort(Some(&up), "amount").expect("a sort");
        assert!(down.descending);
        assert_eq!(next_sort(Some(&down), "amount"), None);
        assert_eq!(
            next_sort(Some(&down), "stage").map(|sort| sort.field),
            Some("stage".to_owned())
        );
    }

    #[test]
    fn rows_do_not_jump_under_the_hand() {
        let exists: BTreeSet<ItemId> = ids(&[1, 2, 3, 4, 5]).into_iter().collect();
        // 3 was edited so that it would stand first, 4 and 5 are new, 4 is mine and was made behind 1.
        let rows = held(
            &ids(&[1, 2, 3]),
            &ids(&[3, 5, 1, 2, 4]),
            &exists,
            &[(id(4), Some(id(1)))],
        );
        assert_eq!(rows, ids(&[1, 4, 2, 3, 5]));
    }

    #[test]
    fn a_row_that_no_longer_fits_stays_and_a_deleted_one_goes() {
        let exists: BTreeSet<ItemId> = ids(&[1, 3]).into_iter().collect();
        assert_eq!(held(&ids(&[1, 2, 3]), &ids(&[1]), &exists, &[]), ids(&[1, 3]));
    }

    #[test]
    fn a_moved_row_stands_between_its_new_neighbours() {
        let rows = ids(&[1, 2, 3]);
        assert_eq!(neighbours(&rows, id(3), -1), Some((Some(id(1)), Some(id(2)))));
        assert_eq!(neighbours(&rows, id(3), -2), Some((None, Some(id(1)))));
        assert_eq!(neighbours(&rows, id(1), 1), Some((Some(id(2)), Some(id(3)))));
        assert_eq!(neighbours(&rows, id(1), 2), Some((Some(id(3)), None)));
        assert_eq!(neighbours(&rows, id(1), -1), None);
        assert_eq!(neighbours(&rows, id(3), 1), None);
    }
}
