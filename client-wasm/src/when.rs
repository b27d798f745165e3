//! Moments and dates in words. Pure: what is "now" is given.

use chrono::{NaiveDate, NaiveDateTime};

use crate::format::day;

/// The time of day: `14:05`.
pub(crate) fn clock(at: NaiveDateTime) -> String {
    at.format("%H:%M").to_string()
}

/// A moment: `today 10:42`, `yesterday 16:05`, `12 Nov 09:10`.
pub(crate) fn moment(at: NaiveDateTime, now: NaiveDateTime) -> String {
    format!("{} {}", day::near(at.date(), now.date()), clock(at))
}

/// How long ago, in days: `today`, `yesterday`, `19 days ago`, then the date.
pub(crate) fn days_ago(at: NaiveDate, today: NaiveDate) -> String {
    match (today - at).num_days() {
        days @ 2..=60 => format!("{days} days ago"),
        _ => day::near(at, today),
    }
}

/// Since when: only the time on the same day, else the day too.
pub(crate) fn since(at: NaiveDateTime, now: NaiveDateTime) -> String {
    if at.date() == now.date() {
        clock(at)
    } else {
        moment(at, now)
    }
}

/// How a date stands to today, for an action that is not done: `due 28 Nov`, `due today`, `3 days overdue`.
pub(crate) fn due(due: NaiveDate, today: NaiveDate) -> String {
    match (today - due).num_days() {
        1 => "1 day overdue".to_owned(),
        days if days > 1 => format!("{days} days overdue"),
        _ => format!("due {}", day::near(due, today)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a moment of the test")
    }

    #[test]
    fn a_moment_is_told_from_now() {
        let now = at("2026-11-22 14:30");
        for (moment_at, words) in [
            ("2026-11-22 10:42", "today 10:42"),
            ("2026-11-21 16:05", "yesterday 16:05"),
            ("2026-11-12 09:10", "12 Nov 09:10"),
            ("2025-11-12 09:10", "12 Nov 2025 09:10"),
        ] {
            assert_eq!(moment(at(moment_at), now), words);
        }
    }

    #[test]
    fn offline_since_says_the_day_only_when_it_is_another() {
        let now = at("2026-11-22 14:30");
        assert_eq!(since(at("2026-11-22 14:05"), now), "14:05");
        assert_eq!(since(at("2026-11-21 23:59"), now), "yesterday 23:59");
    }

    #[test]
    fn a_date_that_has_passed_says_by_how_much() {
        let today = at("2026-11-22 00:00").date();
        let day = |text: &str| at(&format!("{text} 00:00")).date();
        for (date, words) in [
            ("2026-11-28", "due 28 Nov"),
            ("2026-11-22", "due today"),
            ("2026-11-21", "1 day overdue"),
            ("2026-11-02", "20 days overdue"),
        ] {
            assert_eq!(due(day(date), today), words);
        }
    }

    #[test]
    fn a_change_long_ago_is_told_by_its_date() {
        let today = at("2026-11-22 00:00").date();
        for (days, words) in [(0, "today"), (1, "yesterday"), (19, "19 days ago"), (120, "25 Jul")] {
            assert_eq!(days_ago(today - chrono::Days::new(days), today), words);
        }
    }
}
