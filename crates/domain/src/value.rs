//! Values: what a cell holds in the document, and the typed values that are read out of it.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// What a cell of the document holds. Nothing else is admitted (no floats, counters, bytes, timestamps, nulls): an
/// empty cell is a key that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scalar {
    /// Text, a choice's key, an id, a date, money.
    Str(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

impl Scalar {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Int(_) | Self::Bool(_) => None,
        }
    }

    /// The whole number, if it is one.
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Str(_) | Self::Bool(_) => None,
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            Self::Int(number) => number.fmt(f),
            Self::Bool(yes) => yes.fmt(f),
        }
    }
}

/// An amount in minor units of its currency (ISO 4217: cents for EUR, whole yen for JPY). One scalar, because two
/// fields would mix when two people write at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Text that is not money as the document holds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an amount: expected minor units and a currency, such as '51000000 EUR'")]
pub struct MoneyError(pub String);

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let read = || {
            let (minor, code) = text.split_once(' ')?;
            let money = Self {
                minor: minor.parse().ok()?,
                currency: Currency::from_code(code)?,
            };
            // One spelling for one amount: no sign, space or zero that would make a second.
            (money.to_string() == text).then_some(money)
        };
        read().ok_or_else(|| MoneyError(text.to_owned()))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.minor, self.currency.code())
    }
}

impl Money {
    /// How many digits of the minor unit stand behind the point (2 for EUR, 0 for JPY).
    pub fn exponent(currency: Currency) -> u32 {
        u32::from(currency.exponent().unwrap_or(0))
    }
}

/// Reads an ISO day (`2026-11-22`), in that one spelling.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (day.to_string() == text).then_some(day)
}

/// What an owner commits to: themselves as the owner, and this due date or none. The value of the owner's own field
/// `commitment` of an action; when either changes, it no longer matches and the question is asked again.
pub fn commitment(owner: PersonId, due: Option<&str>) -> String {
    format!("{owner} {}", due.unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_one_spelling() {
        for text in ["51000000 EUR", "-5 JPY", "0 USD"] {
            assert_eq!(
                text.parse::<Money>().map(|money| money.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in [
            "+5 EUR",
            "05 EUR",
            "5 eur",
            "5  EUR",
            "5",
            "EUR",
            "5 XQQ",
            "5.0 EUR",
            "99999999999999999999 EUR",
            "-0 EUR",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert!(parse_day("2026-11-22").is_some());
        for text in ["2026-11-2", "2026-02-30", "+2026-11-22", "22.11.2026", ""] {
            assert!(parse_day(text).is_none(), "{text}");
        }
    }
}
