//! What a benchmark found: one JSON object a line, on the standard output and, when asked for, in a file.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

/// Where a benchmark's figures go.
#[derive(Debug)]
pub(crate) struct Figures {
    bench: &'static str,
    file: Option<File>,
}

impl Figures {
    /// The figures of one benchmark; a file that is there is written anew.
    pub(crate) fn new(bench: &'static str, file: Option<&Path>) -> anyhow::Result<Self> {
        let create = |path: &Path| File::create(path).with_context(|| format!("cannot write to {}", path.display()));
        let file = file.map(create).transpose()?;
        Ok(Self { bench, file })
    }

    /// One figure, such as `("a.p99_ms", 4.2, "ms")`, with what must be known beside it: an object.
    pub(crate) fn put_with(&mut self, metric: &str, value: f64, unit: &str, more: Value) -> anyhow::Result<()> {
        let mut line = Map::new();
        line.insert("bench".to_owned(), json!(self.bench));
        line.insert("metric".to_owned(), json!(metric));
        line.insert("value".to_owned(), json!(rounded(value)));
        line.insert("unit".to_owned(), json!(unit));
        if let Value::Object(more) = more {
            line.extend(more);
        }
        self.write(&Value::Object(line))
    }

    /// A figure that was taken once in every round: the median, with its spread and all the rounds.
    pub(crate) fn put_rounds(&mut self, metric: &str, rounds: &[f64], unit: &str, more: Value) -> anyhow::Result<()> {
        let spread = Spread::of(rounds).with_context(|| format!("no round of {metric}"))?;
        let mut beside = json!({
            "low": rounded(spread.low),
            "high": rounded(spread.high),
            "rounds": rounds.iter().map(|round| rounded(*round)).collect::<Vec<f64>>(),
        });
        if let (Some(beside), Value::Object(more)) = (beside.as_object_mut(), more) {
            beside.extend(more);
        }
        self.put_with(metric, spread.median, unit, beside)
    }

    fn write(&mut self, line: &Value) -> anyhow::Result<()> {
        println!("{line}");
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}").context("cannot write the figures")?;
        }
        Ok(())
    }
}

/// The middle of some figures, the least and the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// None of none.
    pub(crate) fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self { median, low, high })
    }
}

/// A time in microseconds.
pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A time in milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
pub(crate) const fn count(count: usize) -> f64 {
    count as f64
}

/// Four figures after the point: more of them is noise.
fn rounded(value: f64) -> f64 {
    const PARTS: f64 = 10_000.0;
    (value * PARTS).round() / PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_two_in_the_middle() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]);
        let expected = Spread {
            median: 2.5,
            low: 1.0,
            high: 4.0,
        };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of(&[7.0, 1.0, 3.0]).map(|spread| spread.median), Some(3.0));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_line_has_the_names_that_other_programs_rely_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("figures.jsonl");
        let mut figures = Figures::new("relay", Some(&path)).expect("a file");
        figures
            .put_rounds(
                "a.ratio_to_bare_write",
                &[1.5, 1.25, 2.0],
                "ratio",
                json!({"goal": 2.0}),
            )
            .expect("a line");
        let text = std::fs::read_to_string(&path).expect("the file");
        let line: Value = serde_json::from_str(text.trim()).expect("one JSON object");
        assert_eq!(line["bench"], "relay");
        assert_eq!(line["metric"], "a.ratio_to_bare_write");
        assert_eq!(line["value"], 1.5);
        assert_eq!(line["unit"], "ratio");
        assert_eq!(
            (&line["low"], &line["high"], &line["goal"]),
            (&json!(1.25), &json!(2.0), &json!(2.0))
        );
    }
}
