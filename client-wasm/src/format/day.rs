//! Days: written shortly, read from what people type. `today` is always given.
//!
//! What is read, day before month: `2027-02-26`, `26.2.2027`, `26.2.`, `26/2`, `26 Feb`, `Feb 26 2027`, `today`,
//! `tomorrow`, `friday` (the next one, never today), `+10d`, `+2w`, `+1m`, `in 2 weeks`, `Q1 2027` and `2027-Q1` (its
//! last day), `end of month`. A day without a year is the next such day, today included.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// Longest text that is read as a day, in characters.
const DAY_CHARS_MAX: usize = 40;
/// Most days, weeks or months that an offset may span.
const OFFSET_MAX: u32 = 1_200;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// A day as a form shows it: `26 Feb 2027`.
pub(crate) fn long(day: NaiveDate) -> String {
    let month = month_name(day);
    format!("{} {month} {}", day.day(), day.year())
}

/// A day in few words: `today`, `tomorrow`, `yesterday`, `26 Feb`, with the year where it is not this one.
pub(crate) fn near(day: NaiveDate, today: NaiveDate) -> String {
    match (day - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        _ if day.year() == today.year() => format!("{} {}", day.day(), month_name(day)),
        _ => long(day),
    }
}

fn month_name(day: NaiveDate) -> String {
    let name = usize::try_from(day.month0())
        .ok()
        .and_then(|index| MONTHS.get(index))
        .copied()
        .unwrap_or_default();
    let mut letters = name.chars().take(3);
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Reads a day as a person typed it. The error says what to type.
pub(crate) fn read(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    let plain = text.trim().to_lowercase();
    let day = if plain.chars().count() > DAY_CHARS_MAX {
        None
    } else {
        named(&plain, today)
            .or_else(|| offset(&plain, today))
            .or_else(|| quarter(&plain))
            .or_else(|| figures(&plain, today))
            .or_else(|| with_month_name(&plain, today))
    };
    // Four digits of a year: what the document's spelling can hold.
    day.filter(|day| (1_000..=9_999).contains(&day.year())).ok_or_else(|| {
        format!(
            "'{}' is no day: try 2027-02-26, 26.2., 26 Feb, friday or +2w",
            text.trim()
        )
    })
}

fn named(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text {
        "today" | "now" => return Some(today),
        "tomorrow" => return today.succ_opt(),
        "yesterday" => return today.pred_opt(),
        "end of month" | "eom" => return month_end(today.year(), today.month()),
        "end of year" | "eoy" => return month_end(today.year(), 12),
        _ => {}
    }
    let word = text.strip_prefix("next ").unwrap_or(text);
    let (_, weekday) = WEEKDAYS
        .iter()
        .find(|(name, _)| word.len() >= 3 && name.starts_with(word))?;
    let ahead = (7 + weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
    let ahead = if ahead == 0 { 7 } else { ahead };
    today.checked_add_days(Days::new(u64::from(ahead)))
}

fn offset(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (back, rest) = if let Some(rest) = text.strip_prefix('+').or_else(|| text.strip_prefix("in ")) {
        (false, rest)
    } else {
        (true, text.strip_prefix('-')?)
    };
    let rest = rest.trim();
    let split = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: u32 = rest[..split].parse().ok().filter(|number| *number <= OFFSET_MAX)?;
    let (days, months) = match rest[split..].trim() {
        "" | "d" | "day" | "days" => (number, 0),
        "w" | "week" | "weeks" => (number * 7, 0),
        "m" | "month" | "months" => (0, number),
        "y" | "year" | "years" => (0, number.checked_mul(12)?),
        _ => return None,
    };
    let (days, months) = (Days::new(u64::from(days)), Months::new(months));
    if back {
        today.checked_sub_months(months)?.checked_sub_days(days)
    } else {
        today.checked_add_months(months)?.checked_add_days(days)
    }
}

fn quarter(text: &str) -> Option<NaiveDate> {
    let mut words: Vec<&str> = text.split([' ', '-', '/']).filter(|word| !word.is_empty()).collect();
    if words.len() == 2 && words[1].starts_with('q') {
        words.swap(0, 1);
    }
    let [quarter, year] = words[..] else { return None };
    let quarter: u32 = quarter.strip_prefix('q')?.parse().ok()?;
    if !(1..=4).contains(&quarter) {
        return None;
    }
    month_end(full_year(year)?, quarter * 3)
}

fn month_end(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)?
        .checked_add_months(Months::new(1))?
        .pred_opt()
}

/// `2027-02-26`, `26.2.2027`, `26.2.`, `26/2`, `2027/2/26`.
fn figures(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let parts: Vec<&str> = text
        .trim_end_matches('.')
        .split(['.', '/', '-'])
        .map(str::trim)
        .collect();
    let number = |part: &str| -> Option<u32> {
        let short = !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        short.then(|| part.parse().ok())?
    };
    match parts[..] {
        [year, month, day] if year.len() == 4 => {
            NaiveDate::from_ymd_opt(full_year(year)?, number(month)?, number(day)?)
        }
        [day, month, year] => NaiveDate::from_ymd_opt(full_year(year)?, number(month)?, number(day)?),
        [day, month] => next_such_day(number(day)?, number(month)?, today),
        _ => None,
    }
}

/// `26 Feb`, `26 feb 2027`, `Feb 26, 2027`.
fn with_month_name(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut month = None;
    let mut numbers = Vec::new();
    for word in text
        .split([' ', ',', '.', '-', '/'])
        .filter(|word| !word.is_empty())
        .take(4)
    {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            numbers.push(word);
        } else {
            let index = MONTHS
                .iter()
                .position(|name| word.len() >= 3 && name.starts_with(word))?;
            month = Some(u32::try_from(index).ok()? + 1).filter(|_| month.is_none());
        }
    }
    let ordinal = |word: &str| -> Option<u32> { word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok() };
    match numbers[..] {
        [day] => next_such_day(ordinal(day)?, month?, today),
        [day, year] => NaiveDate::from_ymd_opt(full_year(year)?, month?, ordinal(day)?),
        _ => None,
    }
}

fn full_year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    match text.len() {
        2 => Some(2_000 + year),
        4 => Some(year),
        _ => None,
    }
}

/// How many years ahead a day without a year is looked for: 29 February comes every four, or eight, years.
const LEAP_YEARS_AHEAD: i32 = 8;

fn next_such_day(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    (0..=LEAP_YEARS_AHEAD)
        .filter_map(|ahead| NaiveDate::from_ymd_opt(today.year() + ahead, month, day))
        .find(|found| *found >= today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        // A Sunday.
        NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day of the calendar")
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = read(text, today()).map(|day| day.to_string());
        assert_eq!(read.as_deref().unwrap_or("-"), expected, "{text}");
    }

    #[test]
    fn what_people_type_is_understood() {
        for text in [
            "2027-02-26",
            "26.2.2027",
            "26.02.27",
            "26.2.",
            "26.2",
            "26/2",
            "26 Feb",
            "26 february",
            "Feb 26",
            "Feb 26, 2027",
            "26th Feb 2027",
            "2027/2/26",
            " 26-feb-2027 ",
        ] {
            check(text, "2027-02-26");
        }
        check("24.12.", "2026-12-24");
        check("22 nov", "2026-11-22");
        check("21 nov", "2027-11-21");
        check("29 feb", "2028-02-29");
        check("today", "2026-11-22");
        check("Tomorrow", "2026-11-23");
        check("friday", "2026-11-27");
        check("fri", "2026-11-27");
        check("next sunday", "2026-11-29");
        check("+2w", "2026-12-06");
        check("+10", "2026-12-02");
        check("in 3 days", "2026-11-25");
        check("-1w", "2026-11-15");
        check("+1m", "2026-12-22");
        check("Q1 2027", "2027-03-31");
        check("2027-Q4", "2027-12-31");
        check("eom", "2026-11-30");
    }

    #[test]
    fn what_is_no_day_is_asked_for_again() {
        for text in [
            "",
            "soon",
            "30 feb",
            "2026-02-30",
            "32.1.",
            "26.13.",
            "Q5 2027",
            "+9999w",
            "+2x",
            "1.2.3.4",
            "26 feb mar",
            "99999-01-01",
            "mo",
            "12",
        ] {
            check(text, "-");
        }
    }

    #[test]
    fn days_are_written_shortly() {
        let day = |text: &str| domain::value::parse_day(text).expect("a day");
        assert_eq!(long(day("2027-02-26")), "26 Feb 2027");
        assert_eq!(near(day("2026-11-22"), today()), "today");
        assert_eq!(near(day("2026-11-23"), today()), "tomorrow");
        assert_eq!(near(day("2026-12-03"), today()), "3 Dec");
        assert_eq!(near(day("2027-12-03"), today()), "3 Dec 2027");
    }
}
