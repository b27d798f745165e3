//! What no sequence of commands brings about. Every run is a seed; a failure names it, with all that was said before.

use std::collections::BTreeMap;

use domain::event::{ErasedPart, Reply, Scope};
use domain::ids::TeamId;
use domain::{ItemId, Right, Stage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::state::covers;

const SEEDS: u64 = 100;
const STEPS: usize = 150;
/// How often something is tried that may be refused, until something happens.
const TRIES: usize = 20;
const PEOPLE: u128 = 6;
const PLANS: u128 = 3;
const TEAMS: u128 = 2;
/// Of commands that are drawn.
const KINDS: u32 = 26;

type Roles = BTreeMap<(PlanId, PersonId), Option<Role>>;

/// A workspace that is talked to, and what was said.
struct World {
    random: ChaCha8Rng,
    state: State,
    said: Vec<WorkspaceEvent>,
    fresh: u8,
    seed: u64,
}

impl World {
    fn new(seed: u64, before: Vec<WorkspaceEvent>) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            state: given(&before),
            said: before,
            fresh: 0,
            seed,
        }
    }

    fn person(&mut self) -> PersonId {
        PersonId(Uuid::from_u128(1 + self.random.random_range(0..PEOPLE)))
    }

    fn plan(&mut self) -> PlanId {
        PlanId(Uuid::from_u128(10 + self.random.random_range(0..PLANS)))
    }

    fn team(&mut self) -> TeamId {
        TeamId(Uuid::from_u128(20 + self.random.random_range(0..TEAMS)))
    }

    fn role(&mut self) -> Role {
        Role::ALL[self.random.random_range(0..Role::ALL.len())]
    }

    fn everyone(&mut self) -> Option<Role> {
        self.random.random_bool(0.7).then(|| self.role())
    }

    fn email(&mut self) -> String {
        format!("p{}@example.com", self.random.random_range(0..PEOPLE + 2))
    }

    fn digest(&mut self) -> SecretDigest {
        self.fresh = self.fresh.wrapping_add(1);
        digest(self.fresh)
    }

    /// Anything that can be asked, by this person.
    fn command(&mut self, by: PersonId) -> Command {
        let (plan, person, team, yes) = (self.plan(), self.person(), self.team(), self.random.random());
        match self.random.random_range(0..KINDS) {
            0 => self.new_person(by),
            1 => Command::SetAdministrator {
                person,
                administrator: yes,
                by,
            },
            2 => Command::SetGuest { person, guest: yes, by },
            3 => Command::DeactivatePerson { person, by },
            4 => Command::ReactivatePerson { person, by },
            5 => self.new_token(by),
            6 => self.new_plan(by),
            7 => Command::RenamePlan {
                plan,
                name: "Other".to_owned(),
                by,
            },
            8 => Command::ArchivePlan { plan, by },
            9 => Command::RestorePlan { plan, by },
            10 => Command::SetStage {
                plan,
                stage: Stage::Workshop,
                by,
            },
            11 => Command::SetAccess {
                plan,
                everyone: self.everyone(),
                by,
            },
            12..=14 => Command::GiveRole {
                plan,
                person,
                role: self.role(),
                by,
            },
            15 => Command::TakeRole { plan, person, by },
            16 => Command::TakeRole { plan, person: by, by },
            17 => self.invitation(by),
            18 => self.answer(person, by),
            19 => self.answer(by, by),
            20 => Command::WithdrawInvitation { plan, person, by },
            21 => Command::MakeTeam {
                team,
                name: "North".to_owned(),
                by,
            },
            22 => Command::SetTeamMember {
                team,
                person,
                manager: yes,
                by,
            },
            23 => Command::RemoveTeamMember { team, person, by },
            24 => Command::AssignPlan {
                plan,
                to: person,
                team: Some(team),
                due: None,
                by,
            },
            _ => self.rare(by),
        }
    }

    fn rare(&mut self, by: PersonId) -> Command {
        let (plan, team) = (self.plan(), self.team());
        match self.random.random_range(0..6) {
            0 => Command::RemoveTeam { team, by },
            4 | 5 => Command::RemovePerson {
                person: self.person(),
                by,
            },
            1 => Command::UnassignPlan { plan, by },
            2 => Command::NoteExport {
                plan: Some(plan),
                what: "plan".to_owned(),
                by,
            },
            _ => Command::EraseContact {
                plan,
                item: ItemId::SINGLE,
                part: ErasedPart::Contact,
                by,
            },
        }
    }

    fn new_person(&mut self, by: PersonId) -> Command {
        Command::AddPerson {
            person: self.person(),
            email: self.email(),
            name: String::new(),
            administrator: self.random.random(),
            by,
        }
    }

    fn new_token(&mut self, by: PersonId) -> Command {
        Command::MakeToken {
            person: self.person(),
            name: "ci".to_owned(),
            digest: self.digest(),
            scopes: vec![Scope::Manage],
            plans: None,
            expires: None,
            by,
        }
    }

    fn new_plan(&mut self, by: PersonId) -> Command {
        Command::CreatePlan {
            plan: self.plan(),
            name: "Plan".to_owned(),
            by,
            copied_from: self.random.random_bool(0.3).then(|| self.plan()),
            everyone: self.everyone(),
        }
    }

    fn invitation(&mut self, by: PersonId) -> Command {
        Command::Invite {
            plan: self.plan(),
            email: self.email(),
            name: String::new(),
            newcomer: self.person(),
            role: self.role(),
            note: String::new(),
            by,
        }
    }

    fn answer(&mut self, person: PersonId, by: PersonId) -> Command {
        let accepts = self.random.random_bool(0.8);
        Command::AnswerInvitation {
            plan: self.plan(),
            person,
            reply: if accepts { Reply::Accepted } else { Reply::Declined },
            note: String::new(),
            by,
        }
    }

    /// Asks, and takes in what happened; whether anything did.
    fn say(&mut self, command: Command) -> bool {
        let Ok(events) = decide(&self.state, NOW, command) else {
            return false;
        };
        for event in &events {
            let before = self.state.clone();
            self.state.evolve(NOW, event);
            check_generations(&before, &self.state, event);
        }
        self.said.extend(events.iter().cloned());
        !events.is_empty()
    }

    /// Lets anybody ask for anything until something happens.
    fn something(&mut self) -> Option<Command> {
        (0..TRIES).find_map(|_| {
            let by = self.person();
            let command = self.command(by);
            self.say(command.clone()).then_some(command)
        })
    }

    fn roles(&self) -> Roles {
        let all = (10..10 + PLANS).flat_map(|plan| (1..=PEOPLE).map(move |person| (plan, person)));
        all.map(|(plan, person)| (PlanId(Uuid::from_u128(plan)), PersonId(Uuid::from_u128(person))))
            .map(|(plan, person)| ((plan, person), self.state.role_in(plan, person)))
            .collect()
    }

    #[track_caller]
    fn fails(&self, why: &str, command: &Command) -> ! {
        panic!("seed {}: {why} by {command:?}, after {:#?}", self.seed, self.said);
    }
}

/// Whether one may no more with the second than with the first.
fn is_no_more(before: Option<Role>, after: Option<Role>) -> bool {
    match (before, after) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(before), Some(after)) => covers(before, after),
    }
}

/// Whether a command can change what somebody is in a plan, given who says it.
fn is_theirs_to_change(before: &State, plan: PlanId, person: PersonId, after: Option<Role>, command: &Command) -> bool {
    let decides = |by| before.may(plan, by, Right::ManageMembers);
    let was = before.role_in(plan, person);
    // A manager who looks after a plan no longer is in it what everyone is.
    let everyone = before.plan(plan).and_then(|record| record.everyone);
    let is_not_raised = |by: PersonId| person != by || is_no_more(was, after) || after == everyone;
    match command {
        // The plan was not there.
        Command::CreatePlan { .. } => before.plan(plan).is_none(),
        Command::GiveRole { by, role, .. } if before.is_administrator(*by) && !decides(*by) => {
            *role == Role::ClientExecutive && person != *by
        }
        Command::TakeRole { by, .. } if *by == person => is_no_more(was, after),
        Command::GiveRole { by, .. } | Command::TakeRole { by, .. } | Command::SetAccess { by, .. } => decides(*by),
        Command::AnswerInvitation { by, .. } => {
            let asked = before.plan(plan).and_then(|record| record.invitations.get(&person));
            *by == person && asked.is_some_and(|asked| is_no_more(Some(asked.role), after) || is_no_more(was, after))
        }
        Command::AssignPlan { by, .. } | Command::UnassignPlan { by, .. } => {
            (before.is_administrator(*by) || decides(*by)) && is_not_raised(*by)
        }
        Command::Invite { by, .. } => {
            // Who was added thereby is of the workspace from then on, if an administrator asked.
            before.person(person).is_none() && before.is_administrator(*by)
        }
        Command::AddPerson { by, .. }
        | Command::SetGuest { by, .. }
        | Command::DeactivatePerson { by, .. }
        | Command::ReactivatePerson { by, .. }
        | Command::RemovePerson { by, .. } => before.is_administrator(*by) && (person != *by || is_no_more(was, after)),
        Command::SetTeamMember { by, .. } | Command::RemoveTeamMember { by, .. } | Command::RemoveTeam { by, .. } => {
            before.is_administrator(*by) && is_not_raised(*by)
        }
        _ => false,
    }
}

fn everybody() -> Vec<WorkspaceEvent> {
    (1..=PEOPLE)
        .map(|n| added(PersonId(Uuid::from_u128(n)), &format!("p{n}@example.com"), n <= 2))
        .collect()
}

/// Ada and Bob run the workspace; Ada has a plan, in which Cyd has a say too.
fn a_beginning() -> Vec<WorkspaceEvent> {
    and(
        everybody(),
        [plan_made(PLAN), access(PLAN, None), role(CYD, Role::Facilitator)],
    )
}

#[test]
fn roles_change_only_by_who_may_change_them_and_nobody_raises_themselves() {
    let mut happened = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed, a_beginning());
        for _ in 0..STEPS {
            let (before, state) = (world.roles(), world.state.clone());
            let Some(command) = world.something() else { continue };
            happened += 1;
            for ((plan, person), role) in world.roles() {
                let changed = before[&(plan, person)] != role;
                if changed && !is_theirs_to_change(&state, plan, person, role, &command) {
                    world.fails(&format!("{person} became {role:?} in {plan}"), &command);
                }
            }
        }
    }
    assert!(
        happened > SEEDS * 75,
        "only {happened} commands did anything: the test tries too little"
    );
}

#[test]
fn a_plan_keeps_an_owner_and_a_workspace_somebody_who_runs_it() {
    let owners = |state: &State, plan: PlanId| {
        let Some(record) = state.plan(plan) else { return 1 };
        let named = record.members.iter();
        let own = named
            .filter(|(person, member)| member.role == Role::ClientExecutive && state.active_person(**person).is_some());
        own.count()
    };
    for seed in 0..SEEDS {
        let mut world = World::new(seed, a_beginning());
        for _ in 0..STEPS {
            let before = world.state.clone();
            let Some(command) = world.something() else { continue };
            // Whoever is shut out may have been the last: then it is given to another.
            let may_orphan = matches!(command, Command::DeactivatePerson { .. });
            for plan in (10..10 + PLANS).map(|plan| PlanId(Uuid::from_u128(plan))) {
                if owners(&before, plan) > 0 && owners(&world.state, plan) == 0 && !may_orphan {
                    world.fails("a plan lost its last owner", &command);
                }
            }
            if !world
                .state
                .people()
                .keys()
                .any(|person| world.state.is_administrator(*person))
            {
                world.fails("nobody runs the workspace", &command);
            }
        }
        assert_eq!(given(&world.said), world.state, "seed {seed}: the history is the state");
    }
}

#[test]
fn whoever_does_not_decide_about_a_plan_changes_nobodys_role_in_it_whatever_they_try() {
    let roles = Role::ALL.into_iter().filter(|role| !role.may(Right::ManageMembers));
    for (held, seed) in roles.map(Some).chain([None]).zip(0..) {
        for seed in (0..SEEDS / 4).map(|n| n * 10 + seed) {
            let mut before = and(everybody(), [plan_made(PLAN), access(PLAN, None)]);
            before.extend([role(BOB, Role::Facilitator), role(CYD, Role::Seller)]);
            before.extend(held.map(|held| role(DEE, held)));
            let mut world = World::new(seed, before);
            let fixed = world.roles();
            for _ in 0..STEPS {
                let command = world.command(DEE);
                world.say(command.clone());
                for ((plan, person), role) in &world.roles() {
                    let was = fixed[&(*plan, *person)];
                    let is_lowered = *person == DEE && is_no_more(was, *role);
                    if *plan == PLAN && *role != was && !is_lowered {
                        world.fails(&format!("{person} became {role:?}"), &command);
                    }
                }
            }
        }
    }
}

/// A plan's keys have another generation just when somebody lost the right to read what they seal.
fn check_generations(before: &State, after: &State, event: &WorkspaceEvent) {
    for (plan, record) in before.plans() {
        let reads = |state: &State, person| state.may(*plan, person, Right::ReadPersonal);
        let mut readers = before.people().keys().filter(|person| reads(before, **person));
        let is_lost = readers.any(|person| !reads(after, *person));
        let now = after.plan(*plan).expect("plans stay").generation;
        assert_eq!(now, record.generation + u32::from(is_lost), "{event:?}");
    }
}
