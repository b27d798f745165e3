//! The steps that can be taken back, and those that can be made again.

use std::collections::VecDeque;

use domain::{ChangeHash, TimestampMs};
use plan::Inverse;

use crate::limits::{UNDO_MERGE_MS, UNDO_STEPS_MAX};
use crate::timers::after;

/// One step: the changes of one gesture, or of one burst.
#[derive(Debug, Default)]
pub(crate) struct Step {
    parts: Vec<(ChangeHash, Inverse)>,
    /// The burst goes on until then.
    open_until: Option<TimestampMs>,
}

impl Step {
    pub(crate) fn one(hash: ChangeHash, inverse: Inverse) -> Self {
        Self {
            parts: vec![(hash, inverse)],
            open_until: None,
        }
    }

    /// What takes the whole step back.
    pub(crate) fn inverse(&self) -> Inverse {
        let mut whole = Inverse::default();
        for (_, inverse) in &self.parts {
            whole.merge(inverse.clone());
        }
        whole
    }
}

#[derive(Debug, Default)]
pub(crate) struct Undo {
    done: VecDeque<Step>,
    undone: VecDeque<Step>,
}

impl Undo {
    /// A new edit: what was undone cannot be made again.
    pub(crate) fn push(&mut self, now: TimestampMs, hash: ChangeHash, inverse: Inverse, merging: bool) {
        self.undone.clear();
        let open_until = merging.then(|| after(now, UNDO_MERGE_MS));
        let burst = self.done.back_mut().filter(|step| step.open_until >= Some(now));
        match burst {
            Some(step) if merging => {
                step.parts.push((hash, inverse));
                step.open_until = open_until;
            }
            _ => {
                let step = Step {
                    open_until,
                    ..Step::one(hash, inverse)
                };
                bounded_push(&mut self.done, step);
            }
        }
    }

    pub(crate) fn pop_done(&mut self) -> Option<Step> {
        self.done.pop_back()
    }

    pub(crate) fn pop_undone(&mut self) -> Option<Step> {
        self.undone.pop_back()
    }

    pub(crate) fn push_undone(&mut self, step: Step) {
        bounded_push(&mut self.undone, step);
    }

    pub(crate) fn push_done(&mut self, step: Step) {
        bounded_push(&mut self.done, step);
    }

    /// A change was made anew, by another name, or not at all.
    pub(crate) fn replace(&mut self, old: &ChangeHash, new: Option<(ChangeHash, Inverse)>) {
        for step in self.done.iter_mut().chain(&mut self.undone) {
            if let Some(at) = step.parts.iter().position(|(hash, _)| hash == old) {
                match new {
                    Some(new) => step.parts[at] = new,
                    None => {
                        step.parts.remove(at);
                    }
                }
                return;
            }
        }
    }

    /// A step was taken back by a change: what earlier steps wrote stands by other operations now.
    pub(crate) fn rename(&mut self, undone: &Inverse, made: &Inverse) {
        let steps = self.done.iter_mut().chain(&mut self.undone);
        for (_, inverse) in steps.flat_map(|step| &mut step.parts) {
            inverse.rename(undone, made);
        }
    }

    /// The document was replaced by one that shares no operations with the old one.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn bounded_push(steps: &mut VecDeque<Step>, step: Step) {
    if steps.len() >= UNDO_STEPS_MAX {
        steps.pop_front();
    }
    steps.push_back(step);
}
