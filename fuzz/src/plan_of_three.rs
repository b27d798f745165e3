//! A small plan that three people have written, with conflicts, a paragraph, and what none of the others has seen.

use std::sync::OnceLock;

use bytes::Bytes;
use domain::{Author, ActorId, Cell, ChangeHash, ItemId, ParagraphId, PersonId, Scalar, Schema, SectionId, Seq, TimestampMs};
use plan::{Edit, Limits, OpName, Replica, Table, decode, genesis, precheck};
use uuid::Uuid;

/// The people, each with one actor.
pub const PEOPLE: [PersonId; 3] = [
    PersonId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a1)),
    PersonId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a2)),
    PersonId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a3)),
];
const SECTION: SectionId = SectionId::Opportunities;
const ITEM: ItemId = ItemId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0b01));
const PARAGRAPH: ParagraphId = ParagraphId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0c01));

/// The plan as the guard and as a replica know it.
#[derive(Debug, Clone)]
pub struct PlanOfThree {
    /// What may be written.
    pub schema: Schema,
    /// As the guard knows it.
    pub table: Table,
    /// As a client has it.
    pub replica: Replica,
    /// Every operation there is.
    pub names: Vec<OpName>,
    /// Every change there is.
    pub hashes: Vec<ChangeHash>,
    /// The changes, in the stream's order.
    pub changes: Vec<Bytes>,
    /// Every key of a map that was written.
    pub keys: Vec<String>,
}

/// The actor of a person.
fn actor(person: usize) -> ActorId {
    ActorId([0xa0 | u8::try_from(person).unwrap_or(0xf); 16])
}

/// The plan, made once.
pub fn plan_of_three() -> &'static PlanOfThree {
    static PLAN: OnceLock<PlanOfThree> = OnceLock::new();
    PLAN.get_or_init(make)
}

fn make() -> PlanOfThree {
    let mut plan = PlanOfThree {
        schema: Schema::standard(),
        table: Table::new(),
        replica: Replica::new(ActorId([0xee; 16])),
        names: Vec::new(),
        hashes: Vec::new(),
        changes: Vec::new(),
        keys: Vec::new(),
    };
    plan.admit(PersonId::SERVER, Seq::ZERO, &genesis().bytes);
    let title = |value: &str| Edit::Put {
        cell: Cell::field(SECTION, ITEM, "title"),
        value: Scalar::from(value),
    };
    let paragraph = Cell::paragraph(SECTION, ITEM, "notes", PARAGRAPH);
    let splice = |at, delete, insert: &str| Edit::Splice {
        cell: paragraph.clone(),
        at,
        delete,
        insert: insert.to_owned(),
    };
    plan.write(0, None, &[Edit::MakeItem {
        section: SECTION,
        item: ITEM,
        fields: vec![("title".to_owned(), Scalar::from("One")), ("rank".to_owned(), Scalar::from("80"))],
    }]);
    let text = "abcd".to_owned();
    plan.write(1, None, &[Edit::MakeParagraph { cell: paragraph.clone(), text }]);
    let seen = plan.table.clone();
    plan.write(0, Some(&seen), &[title("Two"), splice(1, 2, "x😀")]);
    plan.write(1, Some(&seen), &[title("Three"), splice(2, 1, "y")]);
    plan.write(2, Some(&seen), &[title("Four")]);
    plan.write(2, None, &[Edit::Put {
        cell: Cell::own(SECTION, ITEM, PEOPLE[2], "vote"),
        value: Scalar::Int(2),
    }]);
    plan
}

impl PlanOfThree {
    /// A person's change of the plan as it was.
    fn write(&mut self, person: usize, seen: Option<&Table>, edits: &[Edit]) {
        let seen = seen.unwrap_or(&self.table);
        let authored = seen.author(actor(person), TimestampMs(1_764_000_000_000), edits);
        let authored = authored.expect("these edits can be made").expect("they change something");
        self.admit(PEOPLE[person], authored.base, &authored.bytes);
    }

    fn admit(&mut self, person: PersonId, base: Seq, bytes: &Bytes) {
        let decoded = precheck(bytes, &Limits::default()).and_then(|checked| decode(&checked));
        let decoded = decoded.expect("our own change");
        let seq = self.table.last().next();
        let admitted = self.table.admit(&self.schema, Author::executive(person), seq, base, &decoded);
        admitted.expect("an honest change");
        self.replica.apply(std::slice::from_ref(bytes)).expect("what is admitted applies");
        let counters = (decoded.start_op..).take(decoded.ops.len());
        self.names.extend(counters.map(|counter| OpName {
            counter,
            actor: decoded.actor,
        }));
        self.keys.extend(decoded.ops.iter().filter_map(|op| match &op.place {
            plan::Place::Key(key) => Some(key.clone()),
            plan::Place::Head | plan::Place::Element(_) => None,
        }));
        self.hashes.push(decoded.hash);
        self.changes.push(bytes.clone());
    }

    /// A change that its author might make next, for lies to begin with.
    pub fn next(&self, person: usize) -> plan::Content {
        let edits = [Edit::Put {
            cell: Cell::field(SECTION, ITEM, "title"),
            value: Scalar::from("Next"),
        }];
        let authored = self.table.author(actor(person), TimestampMs(1_764_000_000_000), &edits);
        let authored = authored.expect("this edit can be made").expect("it changes something");
        let decoded = precheck(&authored.bytes, &Limits::default()).and_then(|checked| decode(&checked));
        decoded.expect("our own change").content
    }
}
