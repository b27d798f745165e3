//! Counting tests: what nextest and cargo test say at the end, added up.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::process;

/// Tests that ran, over all the steps of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Runs a test command, passes its output on and counts. A command that fails without a failed test (it did not
/// compile, say) counts as one failure.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Tally> {
    let words = process::words(command);
    eprintln!("$ {words}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start: {words}"))?;
    let stdout = child.stdout.take().context("the output is a pipe")?;
    let stderr = child.stderr.take().context("the output is a pipe")?;
    let (out, err) = std::thread::scope(|scope| {
        let out = scope.spawn(|| count(stdout, std::io::stdout()));
        let err = count(stderr, std::io::stderr());
        (out.join().expect("counting does not panic"), err)
    });
    let mut tally = out?;
    tally += err?;
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        eprintln!("failed ({status}): {words}");
        tally.failed = 1;
    }
    Ok(tally)
}

fn count(input: impl Read, mut output: impl Write) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut reader = BufReader::new(input);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        output.write_all(&line)?;
        tally += closing_line(&String::from_utf8_lossy(&line)).unwrap_or_default();
        line.clear();
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...` and
/// `Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
fn closing_line(line: &str) -> Option<Tally> {
    // Indented, it is the output of a failed test that nextest repeats, and counted already.
    let (counts, is_nextest) = if let Some(rest) = line.strip_prefix("test result: ") {
        (rest.split_once(". ")?.1, false)
    } else if let Some(rest) = line.trim_start().strip_prefix("Summary [") {
        (rest.split_once(" run: ")?.1, true)
    } else {
        return None;
    };
    let mut tally = Tally::default();
    for part in counts.split([',', ';']) {
        let (number, what) = part.trim().split_once(' ')?;
        let Ok(number) = number.parse::<u64>() else { continue };
        match what.split(" (").next()? {
            "passed" => tally.passed += number,
            "skipped" if is_nextest => {} // left out by the filter, and run by another step; the tidy test bans `ignore`
            "ignored" => tally.skipped += number,
            "failed" | "timed out" | "exec failed" => tally.failed += number,
            _ => {} // measured, filtered out, finished in
        }
    }
    Some(tally)
}

#[cfg(test)]
mod tests {
    use super::{Tally, closing_line};

    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(
            closing_line(line),
            Some(Tally {
                passed,
                failed,
                skipped
            }),
            "{line}"
        );
    }

    #[test]
    fn closing_lines_of_both_runners_are_counted() {
        check(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n",
            3,
            0,
            1,
        );
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
            3,
            2,
            0,
        );
        check("     Summary [   0.013s] 5 tests run: 5 passed, 0 skipped", 5, 0, 0);
        check(
            "     Summary [  61.013s] 9 tests run: 6 passed (1 slow, 2 flaky), 2 failed, 1 timed out, 4 skipped",
            6,
            3,
            0,
        );
        check(
            "     Summary [   0.013s] 2/5 tests run: 1 passed, 1 failed, 0 skipped",
            1,
            1,
            0,
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(closing_line("test a_test ... ok"), None);
        assert_eq!(closing_line("3 passed, 0 failed"), None);
        assert_eq!(
            closing_line("    test result: FAILED. 0 passed; 1 failed; 0 ignored;"),
            None
        );
    }

    #[test]
    fn the_total_names_skipped_tests_only_when_there_are_some() {
        assert_eq!(
            Tally {
                passed: 2,
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "2 passed, 0 failed"
        );
        assert_eq!(
            Tally {
                passed: 2,
                failed: 1,
                skipped: 3
            }
            .to_string(),
            "2 passed, 1 failed, 3 skipped"
        );
    }
}
