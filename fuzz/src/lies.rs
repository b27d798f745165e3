//! Lies made of bytes: an honest change, with what it names taken from everything that there is.

use domain::{ChangeHash, Scalar, Seq};
use plan::{Action, Content, Object, Op, OpName, Place};

use crate::{PlanOfThree, plan_of_three};

/// Most operations of a lie: what is wrong shows in few.
const OPS_MAX: usize = 8;

/// Bytes that are read as choices. After the end everything is the first choice.
#[derive(Debug)]
pub struct Source<'a>(pub &'a [u8]);

impl Source<'_> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One of several.
    fn choose<'c, T>(&mut self, from: &'c [T]) -> &'c T {
        &from[usize::from(self.byte()) % from.len()]
    }

    fn near(&mut self, number: u32) -> u32 {
        match self.byte() {
            0..=191 => number,
            192..=223 => number.saturating_add(u32::from(self.byte() % 8)).saturating_sub(4),
            224..=239 => u32::MAX - u32::from(self.byte() % 4),
            _ => u32::from(self.byte()),
        }
    }
}

/// Who lies, the base that is claimed, and the lie.
pub fn lie(source: &mut Source<'_>) -> (usize, Seq, Content) {
    let plan = plan_of_three();
    let person = usize::from(source.byte()) % 4;
    let mut content = plan.next(person.min(2));
    if person == 3 {
        content.actor = plan.names[0].actor;
    }
    let last = u32::try_from(plan.table.last().0).unwrap_or(u32::MAX);
    let base = Seq(u64::from(source.near(last)));
    content.start_op = source.near(content.start_op).max(1);
    content.seq = u64::from(source.near(u32::try_from(content.seq).unwrap_or(u32::MAX)));
    match source.byte() {
        0..=199 => {}
        200..=219 => content.deps.push(*source.choose(&plan.hashes)),
        220..=239 => content.deps = vec![*source.choose(&plan.hashes)],
        _ => content.deps = vec![ChangeHash([source.byte(); 32])],
    }
    if source.byte() > 250 {
        content.time = *source.choose(&[i64::MIN, -1, 0, plan::TIME_MS_MAX, plan::TIME_MS_MAX + 1, i64::MAX]);
    }
    if source.byte() > 8 {
        content.ops.clear();
    }
    while !source.is_empty() && content.ops.len() < OPS_MAX {
        let op = op(source, plan, &content);
        content.ops.push(op);
    }
    (person, base, content)
}

/// Some operation's name: of the plan, of the lie itself, or of nothing.
fn name(source: &mut Source<'_>, plan: &PlanOfThree, content: &Content) -> OpName {
    let choice = source.byte();
    if choice >= 224 {
        return OpName {
            counter: content.start_op.saturating_add(u32::from(choice % 16)),
            actor: content.actor,
        };
    }
    plan.names[usize::from(choice) % plan.names.len()]
}

fn op(source: &mut Source<'_>, plan: &PlanOfThree, content: &Content) -> Op {
    let object = match source.byte() {
        0..=7 => Object::Root,
        _ => Object::Made(name(source, plan, content)),
    };
    let place = match source.byte() {
        0..=119 => Place::Key(source.choose(&plan.keys).clone()),
        120..=139 => Place::Key(format!("{:x}", source.byte())),
        140..=159 => Place::Head,
        _ => Place::Element(name(source, plan, content)),
    };
    let action = match source.byte() % 8 {
        0 => Action::MakeMap,
        1 => Action::MakeText,
        2 => Action::Delete,
        3 => Action::Put(Scalar::Int(i64::from(source.byte()))),
        4 => Action::Put(Scalar::Bool(true)),
        5 => Action::Put(Scalar::Str(String::new())),
        _ => Action::Put(Scalar::Str(char::from(source.byte()).to_string())),
    };
    let insert = source.byte() % 2 == 1;
    let mut preds: Vec<OpName> = (0..source.byte() % 4).map(|_| name(source, plan, content)).collect();
    // As a client writes them; more than that is bytes that are not in their one spelling.
    preds.sort_unstable();
    Op {
        object,
        place,
        insert,
        action,
        preds,
    }
}
