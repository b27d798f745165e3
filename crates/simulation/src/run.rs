//! Runs: faults for a while, then none, then everything must be equal. A run that fails can be replayed and shortened.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::client::person;
use crate::coverage::{Coverage, Seen};
use crate::ops::Script;
use crate::tabs::Browser;
use crate::world::World;

/// Milliseconds in which a world without faults must come to rest: twice the longest that one side may take to notice
/// that a connection is dead, and the longest wait before it connects again.
const SETTLE_MS: i64 = 300_000;
/// How often it is looked whether it has, in milliseconds.
const LOOK_MS: i64 = 1_000;
/// A failing script is run so often, at most, to make it shorter.
const SHORTEN_RUNS: usize = 300;

/// A run that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// A hash of all that happened.
    pub trace: String,
    /// What was met.
    pub coverage: Coverage,
}

/// A run that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened in it.
    pub script: Script,
    /// What did not hold.
    pub why: String,
}

/// Runs a seed.
pub fn run(seed: u64) -> Result<Outcome, Failure> {
    replay(&Script::of(seed))
}

/// Runs a script.
pub fn replay(script: &Script) -> Result<Outcome, Failure> {
    catching(|| live(script)).map_err(|why| Failure {
        script: script.clone(),
        why,
    })
}

/// Leaves out what is not needed to fail: first the end, then halves, then quarters, and so on.
pub fn shorten(failure: Failure) -> Failure {
    let mut best = failure;
    let mut part = best.script.ops.len() / 2;
    let mut runs = 0;
    while part > 0 {
        let mut from = 0;
        let mut shorter = false;
        while from < best.script.ops.len() && runs < SHORTEN_RUNS {
            let mut script = best.script.clone();
            let to = (from + part).min(script.ops.len());
            // The time stays what it was: only what happened in it is left out.
            let time: u32 = script.ops[from..to].iter().map(|op| op.after_ms).sum();
            if let Some(next) = script.ops.get_mut(to) {
                next.after_ms += time;
            }
            script.ops.drain(from..to);
            runs += 1;
            match replay(&script) {
                Err(failure) => {
                    best = failure;
                    shorter = true;
                }
                Ok(_) => from = to,
            }
        }
        part = if shorter {
            part.min(best.script.ops.len())
        } else {
            part / 2
        };
        if runs >= SHORTEN_RUNS {
            break;
        }
    }
    best
}

fn live(script: &Script) -> Outcome {
    let mut world = World::new(script.seed);
    for op in &script.ops {
        world.act(op);
    }
    world.settle();
    // Whoever comes only now sees the same.
    world.newcomer();
    world.settle();
    world.check();
    let steps = world.trace.steps();
    world.coverage.add(Seen::Steps, steps);
    Outcome {
        trace: world.trace.hash(),
        coverage: world.coverage,
    }
}

impl World {
    /// No more faults: from here on everything must come to its end.
    fn settle(&mut self) {
        self.slow = (0, 0);
        self.mend_disk();
        for device in 0..self.devices.len() {
            self.devices[device].reachable = true;
            self.devices[device].stalled_until = 0;
            self.with_session(device, session::Session::reconnect_now);
        }
        let end = self.now + SETTLE_MS;
        while self.now < end {
            self.pass(LOOK_MS);
            self.ask_again();
            if self.is_settled() {
                return;
            }
        }
        panic!("the world does not come to rest: {}", self.unrest());
    }

    /// Someone who may opens the first plan on a device that has never been here.
    fn newcomer(&mut self) {
        let may_read = |number: &usize| self.standing_in(self.plans[0], person(*number)).is_some();
        let Some(number) = (0..self.config.people).find(may_read) else {
            return; // all were shut out
        };
        let device = crate::client::Device::new(number, &self.config, &mut self.rng);
        self.devices.push(device);
        let number = self.devices.len() - 1;
        self.browsers.push(Browser::default());
        self.devices[number].browser = self.browsers.len() - 1;
        self.open(number, 0);
    }
}

thread_local! {
    /// What the panic under way said, while a run is caught on this thread.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs something, and gives what it panicked with, without a word on the screen.
fn catching<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let caught = CAUGHT.with_borrow_mut(|caught| caught.as_mut().map(|said| *said = info.to_string()));
            if caught.is_none() {
                usual(info);
            }
        }));
    });
    CAUGHT.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(run));
    let said = CAUGHT.take();
    result.map_err(|_| said.unwrap_or_default())
}
