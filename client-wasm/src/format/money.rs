//! Amounts of money: written with their symbol, read from what people type.
//!
//! What is read: digits with or without groups, a factor (`k`, `m`, `mn`, `mio`, `bn`), a currency before or after
//! (`€`, `EUR`), a sign or brackets. Points and commas are understood as people mean them: of two different marks
//! the last is the decimal mark; one mark that comes twice groups; a single mark before exactly three digits groups
//! (`510,000` and `510.000` are both five hundred and ten thousand), unless a factor follows (`1.125m`); any other
//! single mark is the decimal mark (`1,5`, `0.75`). Amounts are exact: nothing passes through a float.

use domain::Money;
use iso_currency::Currency;

use super::group;

/// Longest text that is read as an amount, in characters.
const AMOUNT_CHARS_MAX: usize = 40;
/// Most digits that an amount may have: more does not fit 64 bits of minor units.
const AMOUNT_DIGITS_MAX: usize = 18;

/// Symbols that people type, and what they stand for. (A dollar is the plan's own dollar, where it has one.)
const SYMBOLS: &[(&str, &str)] = &[
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("zł", "PLN"),
    ("$", "USD"),
];

/// Factors behind a number, longest first, and how many zeros they stand for.
const FACTORS: &[(&str, usize)] = &[
    ("mio", 6),
    ("mrd", 9),
    ("mn", 6),
    ("bn", 9),
    ("k", 3),
    ("m", 6),
    ("b", 9),
];

/// The symbol of a currency where it has one that everybody knows, else its code and a space: `€`, `CHF `.
pub(crate) fn sign(currency: Currency) -> String {
    let code = currency.code();
    SYMBOLS
        .iter()
        .find(|(symbol, of)| *of == code && symbol.chars().count() == 1)
        .map_or_else(|| format!("{code} "), |(symbol, _)| (*symbol).to_owned())
}

/// The number alone, without its currency: `510,000`, `12.50`. Cents are shown only where there are any.
pub(crate) fn figure(money: Money) -> String {
    let exponent = Money::exponent(money.currency);
    let unit = 10_i128.pow(exponent);
    let minor = i128::from(money.minor);
    let rest = minor.unsigned_abs() % unit.unsigned_abs();
    if rest == 0 {
        return group(minor / unit);
    }
    let minus = if minor < 0 { "-" } else { "" };
    let whole = group(i128::try_from(minor.unsigned_abs() / unit.unsigned_abs()).unwrap_or(i128::MAX));
    let width = usize::try_from(exponent).unwrap_or(0);
    format!("{minus}{whole}.{rest:0width$}")
}

/// The amount with its currency: `€510,000`.
pub(crate) fn full(money: Money) -> String {
    let sign = sign(money.currency);
    match figure(money).strip_prefix('-') {
        Some(figure) => format!("-{sign}{figure}"),
        None => format!("{sign}{}", figure(money)),
    }
}

/// The amount in few characters: `€6.41 M`, `€465 k`.
pub(crate) fn short(money: Money) -> String {
    let whole = i128::from(money.minor) / 10_i128.pow(Money::exponent(money.currency));
    let (minus, size) = (if whole < 0 { "-" } else { "" }, whole.unsigned_abs());
    let sign = sign(money.currency);
    let figure = match size {
        0..10_000 => group(i128::try_from(size).unwrap_or(0)),
        10_000..1_000_000 => format!("{} k", (size + 500) / 1_000),
        1_000_000..1_000_000_000 => in_hundredths(size, 1_000_000, "M"),
        _ => in_hundredths(size, 1_000_000_000, "bn"),
    };
    format!("{minus}{sign}{figure}")
}

fn in_hundredths(size: u128, unit: u128, name: &str) -> String {
    let hundredths = (size + unit / 200) / (unit / 100);
    format!("{}.{:02} {name}", hundredths / 100, hundredths % 100)
}

/// Reads an amount as a person typed it; without a currency it is in `home`. The error says what to type.
pub(crate) fn read(text: &str, home: Currency) -> Result<Money, String> {
    read_inner(text, home).ok_or_else(|| {
        format!(
            "'{}' is no amount: try 510,000, 510k, 1.2m or {}510,000",
            text.trim(),
            sign(home)
        )
    })
}

fn read_inner(text: &str, home: Currency) -> Option<Money> {
    if text.chars().count() > AMOUNT_CHARS_MAX {
        return None;
    }
    let mut rest = text.trim().to_lowercase().replace('\u{2212}', "-");
    let bracketed = rest.starts_with('(') && rest.ends_with(')');
    if bracketed {
        rest = rest[1..rest.len() - 1].trim().to_owned();
    }
    let mut negative = bracketed;
    let mut minus = |rest: &mut String| {
        if let Some(after) = rest.strip_prefix('-') {
            negative = !negative;
            *rest = after.trim_start().to_owned();
        }
    };
    minus(&mut rest);
    let currency = take_currency(&mut rest, home)?;
    minus(&mut rest);
    let zeros = take_factor(&mut rest);
    let (digits, decimals) = digits_of(&rest, zeros > 0)?;
    let minor = minor_units(&digits, decimals, zeros, currency)?;
    Some(Money {
        minor: if negative { -minor } else { minor },
        currency,
    })
}

/// Takes the currency off either end; the text that is left is the number. None when a word is no currency.
fn take_currency(rest: &mut String, home: Currency) -> Option<Currency> {
    for (symbol, code) in SYMBOLS {
        let cut = rest.strip_prefix(symbol).or_else(|| rest.strip_suffix(symbol));
        if let Some(number) = cut {
            let number = number.trim().to_owned();
            let currency = if *symbol == "$" && home.code().ends_with('D') {
                home
            } else {
                Currency::from_code(code)?
            };
            *rest = number;
            return Some(currency);
        }
    }
    let head: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    let tail: String = rest.chars().rev().take_while(char::is_ascii_alphabetic).collect();
    let tail: String = tail.chars().rev().collect();
    if !head.is_empty() {
        let currency = Currency::from_code(&head.to_uppercase())?;
        *rest = rest[head.len()..].trim().to_owned();
        return Some(currency);
    }
    // A factor may stand against the currency: `510k eur`, `510keur`.
    if tail.len() >= 3
        && let Some(currency) = Currency::from_code(&tail[tail.len() - 3..].to_uppercase())
    {
        let keep = rest.len() - 3;
        rest.truncate(keep);
        *rest = rest.trim().to_owned();
        return Some(currency);
    }
    Some(home)
}

fn take_factor(rest: &mut String) -> usize {
    let bare = rest.trim_end_matches('.');
    for (name, zeros) in FACTORS {
        if let Some(number) = bare.strip_suffix(name) {
            *rest = number.trim_end().to_owned();
            return *zeros;
        }
    }
    0
}

/// The digits of a number, and how many of them stand behind the decimal mark.
fn digits_of(text: &str, has_factor: bool) -> Option<(String, usize)> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '_'))
        .collect();
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    let decimal = decimal_mark(&text, has_factor);
    let (whole, fraction) = match decimal {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text.as_str(), ""),
    };
    if fraction.contains(['.', ',']) || !well_grouped(whole) {
        return None;
    }
    let digits: String = whole
        .chars()
        .chain(fraction.chars())
        .filter(char::is_ascii_digit)
        .collect();
    let enough = !digits.is_empty() && digits.len() <= AMOUNT_DIGITS_MAX;
    enough.then_some((digits, fraction.len()))
}

/// Where the decimal mark stands, by the rules at the top of this file.
fn decimal_mark(text: &str, has_factor: bool) -> Option<usize> {
    let last = text.rfind(['.', ','])?;
    let mark = &text[last..=last];
    let other = if mark == "." { "," } else { "." };
    if text.contains(other) {
        return (text.matches(mark).count() == 1).then_some(last);
    }
    if text.matches(mark).count() > 1 {
        return None;
    }
    let behind = text.len() - last - 1;
    let groups = behind == 3 && !has_factor && last > 0 && text.get(..last).is_some_and(|whole| whole != "0");
    (!groups).then_some(last)
}

/// Groups, where there are any, hold three digits each (the first one to three).
fn well_grouped(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3))
}

fn minor_units(digits: &str, decimals: usize, zeros: usize, currency: Currency) -> Option<i64> {
    let value: i128 = digits.parse().ok()?;
    let shift = i64::try_from(zeros).ok()? + i64::from(Money::exponent(currency)) - i64::try_from(decimals).ok()?;
    let minor = if shift >= 0 {
        value.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
    } else {
        let unit = 10_i128.checked_pow(u32::try_from(-shift).ok()?)?;
        // Less than the smallest coin is no amount that can be held: better asked for again than rounded.
        (value % unit == 0).then_some(value / unit)?
    };
    i64::try_from(minor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::EUR,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = read(text, Currency::EUR).map(|money| money.to_string());
        assert_eq!(read.as_deref().unwrap_or("-"), expected, "{text}");
    }

    #[test]
    fn what_people_type_is_understood() {
        for text in [
            "510000",
            "510,000",
            "510.000",
            "510 000",
            "510'000",
            "510k",
            "510 K",
            "€510,000",
            "€ 510k",
            "510.000,00",
            "510,000.00",
            "510k EUR",
            "510keur",
            "eur 510000",
            "EUR510k",
            "0.51m",
            "0,51 Mio",
            "510000 €",
            "0.51 mio. €",
        ] {
            check(text, "51000000 EUR");
        }
        check("1.2m", "120000000 EUR");
        check("1.125m", "112500000 EUR");
        check("1,5", "150 EUR");
        check("0.75", "75 EUR");
        check("0.750", "75 EUR");
        check("1.234.567", "123456700 EUR");
        check("2 bn", "200000000000 EUR");
        check("-5k", "-500000 EUR");
        check("(5k)", "-500000 EUR");
        check("-€5", "-500 EUR");
        check("€-5", "-500 EUR");
        check("$12", "1200 USD");
        check("chf 12.50", "1250 CHF");
        check("1500 jpy", "1500 JPY");
        check("¥1,500", "1500 JPY");
    }

    #[test]
    fn what_is_no_amount_is_asked_for_again() {
        for text in [
            "",
            "abc",
            "12 abc",
            "1.2.3",
            "1,23,456",
            "12.345,67,8",
            "5 XQQ",
            "1.005,001",
            "--",
            "k",
            "€",
            ".",
            "1e9",
            "99999999999999999999",
        ] {
            check(text, "-");
        }
        let why = read("soon", Currency::EUR).expect_err("it is no amount");
        assert!(why.contains("'soon' is no amount") && why.contains("€510,000"), "{why}");
    }

    #[test]
    fn a_dollar_is_the_plans_own_dollar() {
        assert_eq!(read("$5", Currency::CAD).expect("an amount").currency, Currency::CAD);
        assert_eq!(read("$5", Currency::EUR).expect("an amount").currency, Currency::USD);
    }

    #[test]
    fn amounts_are_written_with_their_currency() {
        assert_eq!(full(eur(51_000_000)), "€510,000");
        assert_eq!(full(eur(-1_250)), "-€12.50");
        assert_eq!(figure(eur(-5)), "-0.05");
        let francs = Money {
            minor: 120_000,
            currency: Currency::CHF,
        };
        assert_eq!(full(francs), "CHF 1,200");
    }

    #[test]
    fn short_amounts_fit_a_headline() {
        assert_eq!(short(eur(641_000_000)), "€6.41 M");
        assert_eq!(short(eur(46_500_000)), "€465 k");
        assert_eq!(short(eur(950_000)), "€9,500");
        assert_eq!(short(eur(250_000_000_000)), "€2.50 bn");
    }

    #[test]
    fn what_is_written_reads_back() {
        for minor in [0, 5, -5, 100, 51_000_000, 123_456_789, -99, 100_000_000_000] {
            assert_eq!(read(&full(eur(minor)), Currency::USD), Ok(eur(minor)));
        }
    }
}
