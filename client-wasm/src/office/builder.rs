//! The team builder: how many of each role a planning session wants, and how many there are. Pure.

use domain::Role;

/// Most people who can still work on one plan together.
const PEOPLE_MAX: usize = 26;

/// How many of a role are usual: from, to.
pub(crate) const fn usual(role: Role) -> Option<(usize, usize)> {
    match role {
        Role::ClientExecutive => Some((1, 1)),
        Role::Facilitator => Some((1, 2)),
        Role::Seller => Some((3, 15)),
        Role::Political => Some((1, 3)),
        // Two or three consultants and subject-matter experts, one or two technicians.
        Role::Expert => Some((2, 5)),
        Role::SalesManager | Role::Observer | Role::CustomerContact => None,
    }
}

/// How a number of people fits what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// As many as usual.
    Fits,
    /// So many are missing.
    Missing(usize),
    /// So many more than usual.
    Over(usize),
}

/// How so many of a role fit.
pub(super) fn fit(role: Role, count: usize) -> Option<Fit> {
    let (from, to) = usual(role)?;
    Some(if count < from {
        Fit::Missing(from - count)
    } else if count > to {
        Fit::Over(count - to)
    } else {
        Fit::Fits
    })
}

/// How many of those who take part are over what one session bears.
pub(super) const fn too_many(people: usize) -> Option<usize> {
    if people > PEOPLE_MAX {
        Some(people - PEOPLE_MAX)
    } else {
        None
    }
}

/// How a session is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One team, all products.
    Integrated,
    /// Several teams in one session, each with its own plan for its own account.
    Clustered,
}

impl Shape {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Integrated, Self::Clustered];

    /// Whether the team of one plan has the size for it.
    pub(super) const fn suits(self, people: usize) -> bool {
        match self {
            Self::Integrated => people >= 10 && people <= 30,
            Self::Clustered => people >= 4 && people <= 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_too_much_is_told_by_role() {
        assert_eq!(fit(Role::ClientExecutive, 0), Some(Fit::Missing(1)));
        assert_eq!(fit(Role::Seller, 3), Some(Fit::Fits));
        assert_eq!(fit(Role::Seller, 17), Some(Fit::Over(2)));
        assert_eq!(fit(Role::Observer, 40), None);
    }

    #[test]
    fn a_team_past_twenty_six_is_too_large() {
        assert_eq!(too_many(26), None);
        assert_eq!(too_many(28), Some(2));
    }

    #[test]
    fn five_suit_a_clustered_session_and_twelve_an_integrated_one() {
        assert!(Shape::Clustered.suits(5) && !Shape::Integrated.suits(5));
        assert!(Shape::Integrated.suits(12) && !Shape::Clustered.suits(12));
    }
}
