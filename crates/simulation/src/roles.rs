//! What those who run a plan do to it, and what those try who do not: roles given and taken, the plan opened to everyone
//! or closed, its stage set, people shut out of the workspace and let in again.

use domain::{PersonId, PlanId, Right, Role, Stage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use session::{Connection, Session};
use workspace::Command;

use crate::client::person;
use crate::config::some_role;
use crate::world::{World, plan_id};

/// Most plans of a world.
const PLANS_MAX: usize = 3;

impl World {
    /// Somebody changes who is what. The dice say whom it meets.
    pub(crate) fn change_role(&mut self, device: usize, dice: u32) {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(dice));
        if rng.random_ratio(1, 6) {
            self.pass_until(Self::is_opening);
        }
        let plan = self.some_plan(&mut rng);
        let target = self.target(plan, &mut rng);
        let by = self.manager(plan, device, Right::ManageMembers, &mut rng);
        let command = match rng.random_range(0..12) {
            0 => Command::SetAccess {
                plan,
                everyone: [None, Some(Role::Seller), Some(Role::Expert), Some(Role::Observer)][rng.random_range(0..4)],
                by,
            },
            1 => Command::TakeRole {
                plan,
                person: target,
                by: target,
            },
            2 | 3 => Command::TakeRole {
                plan,
                person: target,
                by,
            },
            4 => Command::DeactivatePerson {
                person: target,
                by: PersonId::SERVER,
            },
            5 | 6 => Command::ReactivatePerson {
                person: self.inactive().unwrap_or(target),
                by: PersonId::SERVER,
            },
            _ => Command::GiveRole {
                plan,
                person: target,
                role: some_role(&mut rng),
                by,
            },
        };
        let before = self.controls.len();
        self.command(command);
        if self.config.has_crashes() && rng.random_ratio(1, 8) {
            // The server is killed while it is decided, or before the rooms have heard of it.
            if rng.random_bool(0.7) {
                self.pass_until(|world| world.controls.len() > before);
            }
            self.crash();
        }
    }

    /// Whether some page has a plan coming.
    fn is_opening(&self) -> bool {
        let mut pages = self.devices.iter().filter_map(|device| device.session.as_ref());
        pages.any(|(_, session)| *session.connection() == Connection::CatchingUp)
    }

    /// Somebody takes the plan to another stage.
    pub(crate) fn set_stage(&mut self, device: usize, dice: u32) {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(dice));
        let plan = self.some_plan(&mut rng);
        let stage = Stage::ALL[rng.random_range(0..Stage::ALL.len())];
        let by = self.manager(plan, device, Right::SetStage, &mut rng);
        self.command(Command::SetStage { plan, stage, by });
    }

    /// Somebody makes a copy of the first plan, and owns it.
    pub(crate) fn want_copy(&mut self, device: usize) {
        if self.plans_made < PLANS_MAX {
            let number = self.plans_made;
            self.plans_made += 1;
            let by = self.devices[device].person;
            self.command(Command::CreatePlan {
                plan: plan_id(number),
                name: "A copy".to_owned(),
                by,
                copied_from: Some(self.plans[0]),
                everyone: self.config.everyone,
            });
        }
    }

    /// Mostly the first plan, where most people are.
    fn some_plan(&self, rng: &mut ChaCha8Rng) -> PlanId {
        let plan = if rng.random_ratio(1, 6) {
            rng.random_range(0..self.plans.len())
        } else {
            0
        };
        self.plans[plan]
    }

    /// Whom it meets: most of the time somebody who has edits under way, or the plan coming.
    fn target(&self, plan: PlanId, rng: &mut ChaCha8Rng) -> PersonId {
        let busy = self.devices.iter().filter(|device| {
            let session = device.session.as_ref().filter(|(open, _)| *open == plan);
            session.is_some_and(|(_, session)| session.unsaved() > 0 || *session.connection() == Connection::CatchingUp)
        });
        let busy: Vec<PersonId> = busy.map(|device| device.person).collect();
        if busy.is_empty() || rng.random_ratio(1, 3) {
            person(rng.random_range(0..self.config.people))
        } else {
            busy[rng.random_range(0..busy.len())]
        }
    }

    /// Who does it: somebody who may, if there is one; now and then whoever it is.
    fn manager(&self, plan: PlanId, device: usize, right: Right, rng: &mut ChaCha8Rng) -> PersonId {
        let may = |person: &PersonId| {
            let directory = self.directory();
            directory.is_some_and(|directory| directory.state.may(plan, *person, right))
        };
        let managers: Vec<PersonId> = (0..self.config.people).map(person).filter(may).collect();
        if managers.is_empty() || rng.random_ratio(1, 6) {
            self.devices[device].person
        } else {
            managers[rng.random_range(0..managers.len())]
        }
    }

    fn inactive(&self) -> Option<PersonId> {
        let state = &self.directory()?.state;
        (0..self.config.people)
            .map(person)
            .find(|person| state.active_person(*person).is_none())
    }

    /// Those who were shut out and have a part in the plan again try again.
    pub(crate) fn ask_again(&mut self) {
        for device in 0..self.devices.len() {
            let Some((plan, session)) = &self.devices[device].session else {
                continue;
            };
            let may_read = self.standing_in(*plan, self.devices[device].person).is_some();
            if may_read && matches!(session.connection(), Connection::Ended(_)) {
                self.with_session(device, Session::reconnect_now);
            }
        }
    }
}
