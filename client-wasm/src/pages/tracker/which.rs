//! Which actions are shown, and under whose name. Pure.

use std::collections::BTreeMap;

use domain::PersonId;

use crate::api::{ActionRow, ActionState};
use crate::erased::{sort_by, sort_by_key};
use crate::words;

/// Which actions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Open,
    Due,
    Overdue,
    Done,
}

impl Which {
    pub(super) const EVERY: [Self; 5] = [Self::All, Self::Open, Self::Due, Self::Overdue, Self::Done];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Done => "done",
        }
    }

    /// Reads the page's filter; open ones when it says nothing.
    pub(super) fn parse(text: &str) -> Self {
        Self::EVERY
            .into_iter()
            .find(|which| which.as_str() == text)
            .unwrap_or(Self::Open)
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::All => words::ALL,
            Self::Open => words::OPEN,
            Self::Due => words::DUE,
            Self::Overdue => words::OVERDUE,
            Self::Done => words::DONE,
        }
    }

    /// Open takes in what is due and overdue: all that is still to do.
    pub(super) const fn takes(self, state: ActionState) -> bool {
        match self {
            Self::All => true,
            Self::Open => matches!(state, ActionState::Open | ActionState::Due | ActionState::Overdue),
            Self::Due => matches!(state, ActionState::Due),
            Self::Overdue => matches!(state, ActionState::Overdue),
            Self::Done => matches!(state, ActionState::Done),
        }
    }
}

/// Rows by owner: those of whom most is overdue first, nobody's last.
pub(super) fn by_owner(rows: &[ActionRow], which: Which) -> Vec<(Option<PersonId>, Vec<ActionRow>)> {
    let mut owners: BTreeMap<Option<PersonId>, Vec<ActionRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| which.takes(row.state)) {
        owners.entry(row.owner).or_default().push(row.clone());
    }
    let mut groups: Vec<_> = owners.into_iter().collect();
    for (_, rows) in &mut groups {
        sort_by(rows, |one, other| {
            let key = |row: &ActionRow| (row.due.is_none(), row.due.clone(), row.item);
            key(one).cmp(&key(other))
        });
    }
    let overdue = |rows: &[ActionRow]| rows.iter().filter(|row| row.state == ActionState::Overdue).count();
    sort_by_key(&mut groups, |(owner, rows)| {
        (owner.is_none(), std::cmp::Reverse(overdue(rows)))
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ItemId;

    fn row(n: u128, owner: Option<u128>, state: ActionState, due: Option<&str>) -> ActionRow {
        ActionRow {
            item: ItemId(uuid::Uuid::from_u128(n)),
            title: None,
            owner: owner.map(|n| PersonId(uuid::Uuid::from_u128(n))),
            due: due.map(str::to_owned),
            state,
            result: None,
            targets: Vec::new(),
            done_at: None,
            done_by: None,
            slipped: Vec::new(),
            committed: false,
        }
    }

    #[test]
    fn open_takes_in_what_is_due_and_overdue() {
        assert!(Which::Open.takes(ActionState::Overdue));
        assert!(!Which::Open.takes(ActionState::Done));
        assert!(!Which::Due.takes(ActionState::Overdue));
    }

    #[test]
    fn a_filter_reads_back_and_shows_open_actions_when_it_says_nothing() {
        for which in Which::EVERY {
            assert_eq!(Which::parse(which.as_str()), which);
        }
        assert_eq!(Which::parse(""), Which::Open);
    }

    #[test]
    fn who_has_most_overdue_comes_first_and_nobody_last() {
        let rows = [
            row(1, None, ActionState::Overdue, Some("2026-01-01")),
            row(2, Some(8), ActionState::Open, None),
            row(3, Some(9), ActionState::Overdue, Some("2026-02-01")),
            row(4, Some(9), ActionState::Overdue, Some("2026-01-01")),
            row(5, Some(8), ActionState::Open, Some("2027-01-01")),
        ];
        let groups = by_owner(&rows, Which::Open);
        let items: Vec<Vec<u128>> = groups
            .iter()
            .map(|(_, rows)| rows.iter().map(|row| row.item.0.as_u128()).collect())
            .collect();
        assert_eq!(items, [vec![4, 3], vec![5, 2], vec![1]]);
    }
}
