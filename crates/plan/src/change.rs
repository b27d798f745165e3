//! One change of a plan's document, in our own words.
//!
//! The only file that names Automerge's doc-hidden `legacy` types. What a plan never uses (lists, tables, counters,
//! marks, floats, bytes, nulls) has no word here, so it cannot get past [`decode`].

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op as LegacyOp, OpId, OpType};
use automerge::{Change, ExpandedChange, ObjType, ScalarValue};
use bytes::Bytes;
use domain::{ActorId, ChangeHash, Scalar};
use serde::{Deserialize, Serialize};

use crate::precheck::{Malformed, Prechecked};

/// The name of one operation: who made it, and its Lamport counter.
///
/// Ordered as Automerge orders them: by counter, then by the actor's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpName {
    /// The counter.
    pub counter: u32,
    /// The actor.
    pub actor: ActorId,
}

/// The object that an operation writes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The document's root map.
    Root,
    /// The map or text that this operation made.
    Made(OpName),
}

/// The place inside the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A key of a map.
    Key(String),
    /// Before a text's first character.
    Head,
    /// A character, named by the operation that inserted it.
    Element(OpName),
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Makes a map.
    MakeMap,
    /// Makes a text.
    MakeText,
    /// Writes a value, or inserts a character.
    Put(Scalar),
    /// Takes out what `preds` names.
    Delete,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// Into which object.
    pub object: Object,
    /// Where in it.
    pub place: Place,
    /// Whether it inserts into a text.
    pub insert: bool,
    /// What.
    pub action: Action,
    /// The operations that it replaces, in ascending order.
    pub preds: Vec<OpName>,
}

/// What a change says, before it is bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Who made it.
    pub actor: ActorId,
    /// The how-manieth change of that actor, from 1.
    pub seq: u64,
    /// The counter of its first operation; the others follow.
    pub start_op: u32,
    /// When its author's device says it was made, in milliseconds since 1970.
    pub time: i64,
    /// The changes it directly depends on, in ascending order.
    pub deps: Vec<ChangeHash>,
    /// The operations.
    pub ops: Vec<Op>,
}

/// A change that was decoded from bytes, and that gives back the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// SHA-256, as Automerge computes it.
    pub hash: ChangeHash,
    /// What it says.
    pub content: Content,
}

impl Deref for Decoded {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// Decodes a change whose sizes were found harmless.
///
/// What does not give back the same bytes is refused: so one change has one spelling, and the checksum is right.
pub fn decode(prechecked: &Prechecked<'_>) -> Result<Decoded, Malformed> {
    let bytes = prechecked.bytes();
    // The precheck leaves nothing that is known to panic; should Automerge find something, the room goes on.
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(bytes))).unwrap_or(Err(Malformed::Undecodable))
}

fn decode_unguarded(bytes: &[u8]) -> Result<Decoded, Malformed> {
    let change = Change::from_bytes(bytes.to_vec()).map_err(|_| Malformed::Undecodable)?;
    let hash = ChangeHash(change.hash().0);
    let expanded = change.decode();
    drop(change);
    let ops = expanded
        .operations
        .iter()
        .map(read_op)
        .collect::<Option<Vec<_>>>()
        .ok_or(Malformed::ForeignOperation)?;
    let content = Content {
        actor: read_actor(&expanded.actor_id).ok_or(Malformed::Actor)?,
        seq: expanded.seq,
        start_op: u32::try_from(expanded.start_op.get()).map_err(|_| Malformed::Counter)?,
        time: expanded.time,
        deps: expanded.deps.iter().map(|dep| ChangeHash(dep.0)).collect(),
        ops,
    };
    if Change::from(expanded).raw_bytes() != bytes {
        return Err(Malformed::NotCanonical);
    }
    Ok(Decoded { hash, content })
}

/// The bytes of a change, uncompressed, and its hash.
///
/// # Panics
/// If `start_op` is 0: ours always begin at 1.
pub fn encode(content: &Content) -> (Bytes, ChangeHash) {
    let change = Change::from(ExpandedChange {
        operations: content.ops.iter().map(write_op).collect(),
        actor_id: write_actor(content.actor),
        hash: None,
        seq: content.seq,
        start_op: u64::from(content.start_op).try_into().expect("counters begin at 1"),
        time: content.time,
        message: None,
        deps: content.deps.iter().map(|dep| automerge::ChangeHash(dep.0)).collect(),
        extra_bytes: Vec::new(),
        author: None,
    });
    (Bytes::copy_from_slice(change.raw_bytes()), ChangeHash(change.hash().0))
}

fn read_op(op: &LegacyOp) -> Option<Op> {
    Some(Op {
        object: match &op.obj {
            ObjectId::Root => Object::Root,
            ObjectId::Id(id) => Object::Made(read_name(id)?),
        },
        place: match &op.key {
            Key::Map(key) => Place::Key(key.to_string()),
            Key::Seq(ElementId::Head) => Place::Head,
            Key::Seq(ElementId::Id(id)) => Place::Element(read_name(id)?),
        },
        insert: op.insert,
        action: match &op.action {
            OpType::Make(ObjType::Map) => Action::MakeMap,
            OpType::Make(ObjType::Text) => Action::MakeText,
            OpType::Put(value) => Action::Put(read_value(value)?),
            OpType::Delete => Action::Delete,
            _ => return None,
        },
        preds: op.pred.iter().map(read_name).collect::<Option<_>>()?,
    })
}

fn write_op(op: &Op) -> LegacyOp {
    LegacyOp {
        action: match &op.action {
            Action::MakeMap => OpType::Make(ObjType::Map),
            Action::MakeText => OpType::Make(ObjType::Text),
            Action::Put(value) => OpType::Put(write_value(value)),
            Action::Delete => OpType::Delete,
        },
        obj: match op.object {
            Object::Root => ObjectId::Root,
            Object::Made(name) => ObjectId::Id(write_name(name)),
        },
        key: match &op.place {
            Place::Key(key) => Key::Map(key.as_str().into()),
            Place::Head => Key::Seq(ElementId::Head),
            Place::Element(name) => Key::Seq(ElementId::Id(write_name(*name))),
        },
        pred: op.preds.iter().copied().map(write_name).collect(),
        insert: op.insert,
    }
}

fn read_value(value: &ScalarValue) -> Option<Scalar> {
    match value {
        ScalarValue::Str(text) => Some(Scalar::Str(text.to_string())),
        ScalarValue::Int(number) => Some(Scalar::Int(*number)),
        ScalarValue::Boolean(yes) => Some(Scalar::Bool(*yes)),
        _ => None,
    }
}

fn write_value(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Str(text) => ScalarValue::Str(text.as_str().into()),
        Scalar::Int(number) => ScalarValue::Int(*number),
        Scalar::Bool(yes) => ScalarValue::Boolean(*yes),
    }
}

fn read_name(id: &OpId) -> Option<OpName> {
    Some(OpName {
        counter: u32::try_from(id.counter()).ok()?,
        actor: read_actor(id.actor())?,
    })
}

fn write_name(name: OpName) -> OpId {
    OpId::new(u64::from(name.counter), &write_actor(name.actor))
}

fn read_actor(actor: &automerge::ActorId) -> Option<ActorId> {
    actor.to_bytes().try_into().ok().map(ActorId)
}

fn write_actor(actor: ActorId) -> automerge::ActorId {
    automerge::ActorId::from(actor.0)
}
