//! Lies in well-formed changes: each with its name and the base that is claimed for it.

use bytes::Bytes;
use domain::{ChangeHash, PersonId, Scalar};
use plan::{Action, Object, Op, Place, TIME_MS_MAX, genesis};
use uuid::Uuid;

use super::{ANN, BEA, ITEM, PARAGRAPH, Plan, UNSEEN, at, key, op, put};

type Lie = (&'static str, u64, Bytes);

/// All of them.
pub(super) fn lies(plan: &Plan) -> Vec<Lie> {
    [lies_about_past, lies_about_values, lies_about_objects, lies_about_texts]
        .iter()
        .flat_map(|lies| lies(plan))
        .collect()
}

/// Lies about the past of the whole change.
#[rustfmt::skip] // a table: one lie a line
fn lies_about_past(plan: &Plan) -> Vec<Lie> {
    vec![
        ("time at the least", 2, plan.with(|content| content.time = i64::MIN)),
        ("time after 9999", 2, plan.with(|content| content.time = TIME_MS_MAX + 1)),
        ("no dependency", 2, plan.with(|content| content.deps.clear())),
        ("unknown dependency", 2, plan.with(|content| content.deps = vec![ChangeHash([9; 32])])),
        ("a dependency too many", 2, plan.with(|content| content.deps.push(genesis().hash))),
        ("a base that goes back", 0, plan.with(|_| ())),
        ("a base to come", 4, plan.with(|_| ())),
        ("counters ahead", 2, plan.with(|content| content.start_op += 1)),
        ("counters again", 2, plan.with(|content| content.start_op -= 1)),
        ("counters at their end", 2, plan.with(|content| content.start_op = u32::MAX)),
        ("a number left out", 2, plan.with(|content| content.seq = 3)),
        ("a number again", 2, plan.with(|content| content.seq = 1)),
        ("the genesis actor", 2, plan.with(|content| content.actor = genesis().actor)),
        ("no operations", 2, plan.ops(Vec::new())),
    ]
}

/// Lies about what a write replaces.
#[rustfmt::skip] // a table: one lie a line
fn lies_about_values(plan: &Plan) -> Vec<Lie> {
    let Plan { item, title, unseen, .. } = *plan;
    let own = at(plan.after.start_op, ANN);
    let is = |op: Op| plan.ops(vec![op]);
    vec![
        ("delete of nothing", 2, is(op(item, key("amount"), Action::Delete, &[]))),
        ("empty delete of a value", 2, is(op(item, key("title"), Action::Delete, &[]))),
        ("write without what it replaces", 2, is(op(item, key("title"), put("Two"), &[]))),
        ("what it replaces is of another key", 2, is(op(item, key("amount"), put("5 EUR"), &[title]))),
        ("what it replaces is not there", 2, is(op(item, key("title"), put("Two"), &[at(title.counter, BEA)]))),
        ("what it replaces is not seen", 2, is(op(item, key("title"), put("Two"), &[title, unseen[0]]))),
        ("what it replaces is itself", 2, is(op(item, key("title"), put("Two"), &[own]))),
        ("what it replaces twice", 2, is(op(item, key("title"), put("Two"), &[title, title]))),
    ]
}

/// Lies about objects, and writes to what plans stand on.
#[rustfmt::skip] // a table: one lie a line
fn lies_about_objects(plan: &Plan) -> Vec<Lie> {
    let Plan { section, item, prose, title, text, unseen, .. } = *plan;
    let own = at(plan.after.start_op, ANN);
    let is = |op: Op| plan.ops(vec![op]);
    let root = |place: &str, action| Op {
        object: Object::Root,
        ..op(item, key(place), action, &[])
    };
    vec![
        ("a value used as a map", 2, is(op(title, key("title"), put("x"), &[]))),
        ("a text used as a map", 2, is(op(text, key("title"), put("x"), &[]))),
        ("a map used as a text", 2, is(op(item, Place::Head, put("x"), &[]))),
        ("an object outside the past", 2, is(op(at(9_999, ANN), key("title"), put("x"), &[]))),
        ("a text that it has not seen", 2, is(op(unseen[2], Place::Head, put("x"), &[]))),
        ("itself as object", 2, is(op(own, key("title"), put("x"), &[]))),
        ("a value in the root", 2, is(root("title", put("x")))),
        ("a new section", 2, is(root("secrets", Action::MakeMap))),
        ("a section again", 2, is(root("opportunities", Action::MakeMap))),
        ("a section deleted", 2, is(Op { preds: vec![section], ..root("opportunities", Action::Delete) })),
        ("an item deleted", 2, is(op(section, key(ITEM), Action::Delete, &[item]))),
        ("an item overwritten", 2, is(op(section, key(ITEM), Action::MakeMap, &[item]))),
        ("an item again", 2, is(op(section, key(ITEM), Action::MakeMap, &[]))),
        ("an item without maps", 2, is(op(section, key(&ITEM.replace('1', "4")), Action::MakeMap, &[]))),
        ("an item with a key of its own", 2, is(op(section, key("one"), Action::MakeMap, &[]))),
        ("an item's key in capitals", 2, is(op(section, key(&ITEM.replace("0193", "019A")), Action::MakeMap, &[]))),
        ("a value among items", 2, is(op(section, key("title"), put("x"), &[]))),
        ("a part deleted", 2, is(op(item, key("prose"), Action::Delete, &[prose]))),
        ("a part overwritten", 2, is(op(item, key("prose"), put("x"), &[prose]))),
        ("a map of its own", 2, is(op(item, key("more"), Action::MakeMap, &[]))),
        ("a text as a field", 2, is(op(item, key("title"), Action::MakeText, &[title]))),
        ("a paragraph deleted", 2, is(op(prose, key(PARAGRAPH), Action::Delete, &[text]))),
        ("a paragraph overwritten", 2, is(op(prose, key(PARAGRAPH), Action::MakeText, &[text]))),
        ("a paragraph that is there, unseen", 2, is(op(prose, key(UNSEEN), Action::MakeText, &[]))),
        ("a paragraph as a value", 2, is(op(prose, key(PARAGRAPH), put("x"), &[text]))),
        ("an empty key", 2, is(op(item, key(""), put("x"), &[]))),
        ("an unknown field", 2, is(op(item, key("salary"), put("x"), &[]))),
        ("another's vote", 2, is(op(at(item.counter + 2, ANN), key(&format!("{}:vote", PersonId(Uuid::from_u128(0xb)))), Action::Put(Scalar::Int(1)), &[]))),
    ]
}

/// Lies about characters.
#[rustfmt::skip] // a table: one lie a line
fn lies_about_texts(plan: &Plan) -> Vec<Lie> {
    let Plan { item, title, text, other_text, unseen, .. } = *plan;
    let (a, b) = (at(text.counter + 1, ANN), at(text.counter + 2, ANN));
    let c = at(other_text.counter + 1, ANN);
    let own = at(plan.after.start_op, ANN);
    let is = |op: Op| plan.ops(vec![op]);
    vec![
        ("a character after itself", 2, is(op(text, Place::Element(own), put("x"), &[]))),
        ("a character after a later one", 2, plan.ops(vec![op(text, Place::Element(at(own.counter + 1, ANN)), put("x"), &[]), op(text, Place::Head, put("y"), &[])])),
        ("a character of another text", 2, is(op(text, Place::Element(c), put("x"), &[]))),
        ("a character after a value", 2, is(op(text, Place::Element(title), put("x"), &[]))),
        ("a character outside the past", 2, is(op(text, Place::Element(at(b.counter, BEA)), put("x"), &[]))),
        ("a character that it has not seen", 2, is(op(text, Place::Element(unseen[1]), put("x"), &[]))),
        ("a delete of what it has not seen", 2, is(op(text, Place::Element(unseen[1]), Action::Delete, &[unseen[1]]))),
        ("two characters at once", 2, is(op(text, Place::Head, put("xy"), &[]))),
        ("no character", 2, is(op(text, Place::Head, put(""), &[]))),
        ("a number as a character", 2, is(op(text, Place::Head, Action::Put(Scalar::Int(1)), &[]))),
        ("an insert that replaces", 2, is(op(text, Place::Element(a), put("x"), &[a]))),
        ("a character overwritten", 2, is(Op { insert: false, ..op(text, Place::Element(a), put("x"), &[a]) })),
        ("a delete of another character", 2, is(op(text, Place::Element(a), Action::Delete, &[b]))),
        ("a delete of no character", 2, is(op(text, Place::Element(a), Action::Delete, &[]))),
        ("a delete at the front", 2, is(op(text, Place::Head, Action::Delete, &[a]))),
        ("a delete twice", 2, plan.ops(vec![op(text, Place::Element(a), Action::Delete, &[a]), op(text, Place::Element(a), Action::Delete, &[a])])),
        ("an insert into a map", 2, is(Op { insert: true, ..op(item, key("title"), put("x"), &[]) })),
    ]
}
