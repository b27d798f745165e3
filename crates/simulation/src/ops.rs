//! What people and faults do: a list of operations, made from a seed before the run, or read from a file.
//!
//! An operation does not say what it finds: its dice choose among what is there. So a list stays a list when some of it
//! is left out.

use std::fmt;
use std::str::FromStr;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::Config;

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident $word:literal $weight:literal,)*) => {
        /// What an operation does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Verb {
            $($(#[$doc])* $name,)*
        }

        impl Verb {
            /// Each with its word and how often it comes, in thousandths or so.
            const ALL: &[(Self, &str, u32)] = &[$((Self::$name, $word, $weight),)*];
        }
    };
}

verbs! {
    /// Somebody edits something.
    Edit "edit" 560,
    /// Somebody takes their last edit back.
    Undo "undo" 30,
    /// Somebody makes again what they took back.
    Redo "redo" 14,
    /// Somebody proposes a refused edit again.
    Retry "retry" 6,
    /// Somebody lets a refused edit go.
    Dismiss "dismiss" 4,
    /// Somebody moves, with a draft.
    Place "place" 20,
    /// A connection breaks; the dice say who notices when, and what still arrives.
    Cut "cut" 40,
    /// A device loses its network.
    Offline "offline" 16,
    /// And has it again.
    Online "online" 24,
    /// A device stops reading for a while.
    Stall "stall" 24,
    /// A page is opened, if it is not.
    Open "open" 30,
    /// A page is closed, if nothing on it is unsaved.
    Close "close" 8,
    /// A page is loaded anew, whatever is unsaved on it.
    Reload "reload" 8,
    /// A device's clock jumps.
    Clock "clock" 10,
    /// The server is killed.
    Crash "crash" 18,
    /// The server is told to stop.
    Stop "stop" 5,
    /// The server's clock jumps.
    ServerClock "server-clock" 6,
    /// One of the next syncs of the disk fails.
    SyncFails "sync-fails" 4,
    /// A write fails after a part of its bytes.
    WriteFails "write-fails" 2,
    /// The disk is full.
    Full "full" 8,
    /// The disk is well again.
    DiskWell "disk-well" 24,
    /// The disk takes long for a while.
    Slow "slow" 14,
    /// A snapshot is taken out of turn.
    Snapshot "snapshot" 8,
    /// Somebody copies a plan.
    Copy "copy" 4,
    /// Somebody gives or takes a role, or is shut out, or let in again.
    Role "role" 45,
    /// A backup is made.
    Backup "backup" 12,
    /// An old backup is put back.
    Restore "restore" 6,
    /// Somebody takes the plan to another stage.
    Stage "stage" 12,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    /// So many milliseconds after the one before.
    pub after_ms: u32,
    /// What.
    pub verb: Verb,
    /// Who, among those there are.
    pub who: u8,
    /// Chooses everything else.
    pub dice: u32,
}

/// A run, before it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The world's parameters, and its chance, come from it.
    pub seed: u64,
    /// What happens.
    pub ops: Vec<Op>,
}

/// Not a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError(
    /// The line that could not be read.
    pub String,
);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a line of a script: {:?}", self.0)
    }
}

impl std::error::Error for ScriptError {}

impl Script {
    /// The script of a seed.
    pub fn of(seed: u64) -> Self {
        let config = Config::of(seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5c71_9700_0000_0000);
        let ops = (0..config.ops).map(|_| Op::random(&mut rng, &config)).collect();
        Self { seed, ops }
    }
}

impl Op {
    fn random(rng: &mut impl Rng, config: &Config) -> Self {
        let weights = Verb::ALL;
        let verb = weights
            .choose_weighted(rng, |(verb, _, weight)| config.weight(*verb, *weight))
            .map_or(Verb::Edit, |(verb, _, _)| *verb);
        // People come in bursts: most of what happens happens shortly after something else.
        let after_ms = match rng.random_range(0..10) {
            0..6 => rng.random_range(0..config.pause_ms),
            6..9 => rng.random_range(0..config.pause_ms * 10),
            _ => rng.random_range(0..config.pause_ms * 60),
        };
        Self {
            after_ms,
            verb,
            who: rng.random(),
            dice: rng.random(),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Verb::ALL.iter().find(|(verb, ..)| *verb == self.verb);
        let word = word.map_or("", |(_, word, _)| word);
        write!(f, "{} {word} {} {}", self.after_ms, self.who, self.dice)
    }
}

impl FromStr for Op {
    type Err = ScriptError;

    fn from_str(line: &str) -> Result<Self, ScriptError> {
        let read = || {
            let mut words = line.split_whitespace();
            let after_ms = words.next()?.parse().ok()?;
            let word = words.next()?;
            let (verb, ..) = Verb::ALL.iter().find(|(_, known, _)| *known == word)?;
            Some(Self {
                after_ms,
                verb: *verb,
                who: words.next()?.parse().ok()?,
                dice: words.next()?.parse().ok()?,
            })
        };
        read().ok_or_else(|| ScriptError(line.to_owned()))
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        self.ops.iter().try_for_each(|op| writeln!(f, "{op}"))
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        let seed = first.strip_prefix("seed ").and_then(|seed| seed.trim().parse().ok());
        Ok(Self {
            seed: seed.ok_or_else(|| ScriptError(first.to_owned()))?,
            ops: lines.map(str::parse).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_back_from_its_lines() {
        let script = Script::of(3);
        assert!(script.ops.len() > 30);
        assert_eq!(script.to_string().parse(), Ok(script));
        assert!("seed 1\n5 dance 1 2".parse::<Script>().is_err());
    }
}
