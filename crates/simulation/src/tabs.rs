//! The actors that a browser keeps, as pages of one person share them (`client-wasm/src/actor.rs`): a page holds one as
//! long as it is open, another tab takes the next, and one whose edits are not all saved, or of which something was
//! refused, is taken by no later page.

use std::collections::BTreeMap;

use domain::{ActorId, PlanId};
use rand::RngExt;

use crate::coverage::Seen;
use crate::world::World;

/// How many tabs of one plan keep an actor; a further tab has one that nobody keeps.
const KEPT_MAX: usize = 4;

/// A place for an actor.
#[derive(Debug, Default)]
struct Slot {
    /// The actor, and whether edits of it are on their way.
    kept: Option<(ActorId, bool)>,
    /// The device whose page has it.
    held_by: Option<usize>,
}

/// What one browser keeps.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    slots: BTreeMap<(PlanId, usize), Slot>,
}

impl World {
    /// An actor that no other page uses.
    pub(crate) fn claim_actor(&mut self, device: usize, plan: PlanId) -> ActorId {
        let new = ActorId(self.rng.random());
        let browser = &mut self.browsers[self.devices[device].browser];
        for number in 0..KEPT_MAX {
            let slot = browser.slots.entry((plan, number)).or_default();
            if slot.held_by.is_some() {
                self.coverage.one(Seen::SharedBrowsers);
                continue;
            }
            slot.held_by = Some(device);
            return match slot.kept {
                Some((actor, false)) => {
                    self.coverage.one(Seen::ActorsTakenAgain);
                    actor
                }
                left => {
                    self.coverage.add(Seen::ActorsLeft, u64::from(left.is_some()));
                    slot.kept = Some((new, false));
                    new
                }
            };
        }
        new
    }

    /// The page is closed, and its lock goes with it.
    pub(crate) fn release_actor(&mut self, device: usize) {
        let browser = &mut self.browsers[self.devices[device].browser];
        for slot in browser.slots.values_mut().filter(|slot| slot.held_by == Some(device)) {
            slot.held_by = None;
        }
    }

    /// Edits of the page's actor are on their way, or all of them are saved.
    pub(crate) fn mark_actor(&mut self, device: usize, unsaved: bool) {
        if let Some((_, mark)) = self.slot_of(device).and_then(|slot| slot.kept.as_mut()) {
            *mark = unsaved;
        }
    }

    /// Something of the page's actor was refused.
    pub(crate) fn forget_actor(&mut self, device: usize) {
        if let Some(slot) = self.slot_of(device) {
            slot.kept = None;
        }
    }

    /// Where the actor is kept with which the page began.
    fn slot_of(&mut self, device: usize) -> Option<&mut Slot> {
        let actor = self.devices[device].claimed?;
        let browser = &mut self.browsers[self.devices[device].browser];
        let mut slots = browser.slots.values_mut();
        slots.find(|slot| slot.kept.is_some_and(|(kept, _)| kept == actor))
    }
}
