//! Where the interlock does not hold: what we sell without a reason of the customer's, what the customer plans without
//! us, what forces nothing. Pure.

use std::collections::BTreeMap;

use domain::completeness::Score;
use domain::{ItemId, Money};

use crate::erased::sort_by_key;

/// What the interlock is told from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Interlock {
    /// The customer's initiatives that are not completed.
    pub(crate) initiatives: Vec<Named>,
    /// Opportunities that are open.
    pub(crate) opportunities: Vec<Opportunity>,
    /// Drivers that are not resolved.
    pub(crate) drivers: Vec<Named>,
    /// Opportunity, the initiative that it serves, how strongly.
    pub(crate) supports: Vec<(ItemId, ItemId, i64)>,
    /// Driver, the initiative that it forces, how strongly.
    pub(crate) forces: Vec<(ItemId, ItemId, i64)>,
}

/// An item with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Which.
    pub(crate) item: ItemId,
    /// Its title.
    pub(crate) title: String,
}

/// An open opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opportunity {
    /// Which.
    pub(crate) item: ItemId,
    /// Its title.
    pub(crate) title: String,
    /// What it is worth.
    pub(crate) amount: Option<Money>,
}

/// One place where the interlock does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// No initiative of the customer stands behind the opportunity.
    Unsupported(Opportunity),
    /// We offer nothing for the initiative.
    Unserved(Named),
    /// The driver forces no initiative.
    Idle(Named),
}

impl Gap {
    /// The item that the gap is at.
    pub(crate) const fn item(&self) -> ItemId {
        match self {
            Self::Unsupported(opportunity) => opportunity.item,
            Self::Unserved(named) | Self::Idle(named) => named.item,
        }
    }
}

impl Interlock {
    /// The gaps: the dearest opportunity first, then initiatives, then drivers, in their order.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let mut unsupported: Vec<&Opportunity> = self
            .opportunities
            .iter()
            .filter(|opportunity| !self.is_supported(opportunity.item))
            .collect();
        // Stable: equal amounts keep their order. Currencies are not converted, figures are compared as they stand.
        sort_by_key(&mut unsupported, |opportunity| {
            std::cmp::Reverse(opportunity.amount.map_or(0, |amount| amount.minor))
        });
        let unserved = self
            .initiatives
            .iter()
            .filter(|initiative| !is_target(&self.supports, initiative.item));
        let idle = self.drivers.iter().filter(|driver| {
            !self
                .forces
                .iter()
                .any(|&(from, to, _)| from == driver.item && self.is_initiative(to))
        });
        unsupported
            .into_iter()
            .cloned()
            .map(Gap::Unsupported)
            .chain(unserved.cloned().map(Gap::Unserved))
            .chain(idle.cloned().map(Gap::Idle))
            .collect()
    }

    fn is_initiative(&self, item: ItemId) -> bool {
        self.initiatives.iter().any(|initiative| initiative.item == item)
    }

    fn is_supported(&self, opportunity: ItemId) -> bool {
        self.supports
            .iter()
            .any(|&(from, to, _)| from == opportunity && self.is_initiative(to))
    }

    /// The opportunities that serve an initiative, the strongest first.
    pub(crate) fn serving(&self, initiative: ItemId) -> Vec<(&Opportunity, i64)> {
        let mut serving: Vec<(&Opportunity, i64)> = self
            .opportunities
            .iter()
            .filter_map(|opportunity| {
                let link = |&&(from, to, _): &&(ItemId, ItemId, i64)| from == opportunity.item && to == initiative;
                self.supports
                    .iter()
                    .find(link)
                    .map(|&(_, _, strength)| (opportunity, strength))
            })
            .collect();
        sort_by_key(&mut serving, |&(_, strength)| std::cmp::Reverse(strength));
        serving
    }

    /// The drivers that force an initiative, the strongest first.
    pub(crate) fn forcing(&self, initiative: ItemId) -> Vec<(&Named, i64)> {
        let mut forcing: Vec<(&Named, i64)> = self
            .drivers
            .iter()
            .filter_map(|driver| {
                let link = |&&(from, to, _): &&(ItemId, ItemId, i64)| from == driver.item && to == initiative;
                self.forces
                    .iter()
                    .find(link)
                    .map(|&(_, _, strength)| (driver, strength))
            })
            .collect();
        sort_by_key(&mut forcing, |&(_, strength)| std::cmp::Reverse(strength));
        forcing
    }

    /// How much of the open amount the customer's own plans support, in percent, for the currency with most of it.
    pub(crate) fn supported_percent(&self) -> Option<u8> {
        let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
        for opportunity in &self.opportunities {
            let Some(amount) = opportunity.amount else { continue };
            let (whole, supported) = sums.entry(amount.currency.code()).or_default();
            *whole += i128::from(amount.minor);
            if self.is_supported(opportunity.item) {
                *supported += i128::from(amount.minor);
            }
        }
        let (whole, supported) = sums.into_values().max_by_key(|&(whole, _)| whole)?;
        u8::try_from((supported * 100).checked_div(whole)?).ok()
    }

    /// How complete the interlock is: items without a gap of all items.
    pub(crate) fn score(&self) -> Score {
        let whole = self.opportunities.len() + self.initiatives.len() + self.drivers.len();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Score {
            filled: count(whole.saturating_sub(self.gaps().len())),
            whole: count(whole),
        }
    }
}

fn is_target(links: &[(ItemId, ItemId, i64)], item: ItemId) -> bool {
    links.iter().any(|&(_, target, _)| target == item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ItemId {
        ItemId(uuid::Uuid::from_u128(n))
    }

    fn named(n: u128) -> Named {
        Named {
            item: id(n),
            title: format!("item {n}"),
        }
    }

    fn opportunity(n: u128, amount: &str) -> Opportunity {
        Opportunity {
            item: id(n),
            title: format!("opportunity {n}"),
            amount: amount.parse().ok(),
        }
    }

    fn interlock() -> Interlock {
        Interlock {
            initiatives: vec![named(1), named(2)],
            opportunities: vec![
                opportunity(11, "100 EUR"),
                opportunity(12, "200 EUR"),
                opportunity(13, "700 EUR"),
            ],
            drivers: vec![named(21), named(22)],
            supports: vec![(id(11), id(1), 2), (id(12), id(99), 3)],
            forces: vec![(id(21), id(1), 3)],
        }
    }

    #[test]
    fn gaps_are_named_dearest_first() {
        let gaps: Vec<ItemId> = interlock().gaps().iter().map(Gap::item).collect();
        assert_eq!(gaps, [13, 12, 2, 22].map(id));
    }

    #[test]
    fn a_link_to_an_initiative_that_is_gone_supports_nothing() {
        assert!(
            interlock()
                .gaps()
                .contains(&Gap::Unsupported(opportunity(12, "200 EUR")))
        );
    }

    #[test]
    fn the_supported_share_is_of_the_open_amount() {
        assert_eq!(interlock().supported_percent(), Some(10));
        assert_eq!(Interlock::default().supported_percent(), None);
    }

    #[test]
    fn the_strongest_link_comes_first() {
        let mut interlock = interlock();
        interlock.supports.push((id(13), id(1), 3));
        let serving: Vec<ItemId> = interlock.serving(id(1)).iter().map(|(one, _)| one.item).collect();
        assert_eq!(serving, [13, 11].map(id));
        assert_eq!(interlock.forcing(id(1)).len(), 1);
    }

    #[test]
    fn the_score_counts_items_without_a_gap() {
        assert_eq!(interlock().score(), Score { filled: 3, whole: 7 });
    }
}
