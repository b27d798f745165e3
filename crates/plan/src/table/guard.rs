//! The guard: whether a change is just what an honest client would have written, given the past that it claims.
//!
//! Automerge trusts what it applies: a predecessor outside the past, an element of another text or a put used as an
//! object panics a replica or makes it unloadable. So everything that a change names is looked up in its past, and must
//! be of the right kind. Checked first, applied later: new keys, maps and texts are entered here and taken out again by
//! the caller if the change is refused.

mod sizes;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use domain::{Author, Cell, ItemId, Part, Scalar, Schema, SectionId};

use super::keys::{Held, Keys, MapPlace, ROOT, cell_in};
use super::stream::{OpIx, OpRecord, Past, Stream};
use super::texts::TextRecord;
use crate::admit::Refusal;
use crate::change::{Action, Content, Object, Op, OpName, Place};
use crate::seal::{Keyring, SealError};

/// Keys of one map: items of a section, links of an item.
pub(crate) const KEYS_PER_MAP_MAX: usize = 20_000;
/// What may be written: what the schema takes, and what is personal only under these keys.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// The keys of the plan's contacts; none: nothing that is personal is taken.
    pub keyring: Option<&'a Keyring>,
}

impl<'a> From<&'a Schema> for Rules<'a> {
    fn from(schema: &'a Schema) -> Self {
        Self { schema, keyring: None }
    }
}

/// Who writes, and what may be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub(crate) rules: Rules<'a>,
    pub(crate) author: Author,
}

impl Policy<'_> {
    fn check_item(&self, section: SectionId, item: ItemId) -> Verdict {
        let schema = self.rules.schema;
        schema.check_item(self.author, section)?;
        match self.rules.keyring {
            Some(keyring) => Ok(keyring.check_item(section, item)?),
            None if schema.has_seals(section) => Err(SealError::NoKey.into()),
            None => Ok(()),
        }
    }

    /// Of a sealed cell the words are judged: whoever may write there, may they write that?
    fn check_scalar(&self, cell: &Cell, value: &Scalar) -> Verdict {
        let Rules { schema, keyring } = self.rules;
        let Some(seal) = schema.seal_of(cell) else {
            return Ok(schema.check_scalar(self.author, cell, Some(value))?);
        };
        // First whether at all: who may not write is told nothing of keys.
        schema.check_scalar(self.author, cell, None)?;
        let words = keyring.ok_or(SealError::NoKey)?.check(cell, seal, value)?;
        Ok(schema.check_scalar(self.author, cell, Some(&words))?)
    }

    fn check_clear(&self, cell: &Cell) -> Verdict {
        Ok(self.rules.schema.check_scalar(self.author, cell, None)?)
    }

    fn check_paragraph(&self, cell: &Cell) -> Verdict {
        self.rules.schema.check_paragraph(self.author, cell)?;
        match self.rules.schema.seal_of(cell) {
            // The words of a sealed paragraph are one value, never a text.
            Some(_) => Err(SealError::Old.into()),
            None => Ok(()),
        }
    }
}

/// What a checked operation does.
#[derive(Debug)]
pub(crate) enum Step {
    /// Writes a key: takes out `gone`, puts in `held`.
    Write {
        key: u32,
        gone: Vec<OpIx>,
        held: Option<(OpIx, Held)>,
    },
    /// Inserts a character after another, or at the front.
    Insert {
        text: u32,
        after: Option<OpIx>,
        op: OpIx,
        char: char,
    },
    /// Deletes a character.
    Remove { text: u32, element: OpIx },
}

/// A change that may be applied.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) steps: Vec<Step>,
    /// The operations' records, from the stream's end.
    pub(crate) ops: Vec<OpRecord>,
    /// What is live for the author at each key written.
    pub(crate) live: BTreeMap<u32, Vec<OpIx>>,
    /// The characters that it deletes.
    pub(crate) deleted: BTreeSet<OpIx>,
    /// Per text: characters inserted, characters deleted that nobody else has deleted.
    grown: BTreeMap<u32, (usize, usize)>,
}

/// What an operation writes into.
#[derive(Debug, Clone, Copy)]
enum Target {
    Map(u32),
    Text(u32),
}

/// One change under examination.
pub(crate) struct Guard<'a> {
    stream: &'a Stream,
    keys: &'a mut Keys,
    texts: &'a mut Vec<TextRecord>,
    change: &'a Content,
    past: Past,
    policy: Option<Policy<'a>>,
    /// Whether what it replaces is taken on trust: see [`super::Table::trust`].
    trusted: bool,
    /// Whether this is the plan's first change, which alone makes sections.
    genesis: bool,
    /// The stream's end: the number of this change's first operation.
    first_op: OpIx,
    checked: Checked,
    /// A new item whose maps have not all been made yet, and how many have.
    unfinished: Option<(u32, usize)>,
    /// The object of the operation before: most often the same again.
    target_before: Option<(Object, Target)>,
}

type Verdict<T = ()> = Result<T, Refusal>;

impl<'a> Guard<'a> {
    pub(crate) fn new(
        (stream, keys, texts): (&'a Stream, &'a mut Keys, &'a mut Vec<TextRecord>),
        change: &'a Content,
        past: Past,
        policy: Option<Policy<'a>>,
    ) -> Self {
        Self {
            genesis: stream.changes.is_empty(),
            first_op: Stream::number(stream.ops.len()),
            stream,
            keys,
            texts,
            change,
            past,
            policy,
            trusted: false,
            checked: Checked::default(),
            unfinished: None,
            target_before: None,
        }
    }

    /// Takes on trust what the change replaces: nothing of its past is known but what there is now.
    pub(crate) fn trust(mut self) -> Self {
        self.trusted = true;
        self
    }

    /// Checks every operation.
    pub(crate) fn check(mut self) -> Verdict<Checked> {
        for op in &self.change.ops {
            let record = self.check_op(op)?;
            self.checked.ops.push(record);
        }
        if self.unfinished.is_some() {
            return refuse("an item without its maps");
        }
        self.check_sizes()?;
        Ok(self.checked)
    }

    fn check_op(&mut self, op: &Op) -> Verdict<OpRecord> {
        let target = self.target(op.object)?;
        if let Some((item, made)) = self.unfinished {
            return self.make_part(item, made, target, op);
        }
        match (target, &op.place, op.insert, &op.action) {
            (Target::Map(map), Place::Key(key), false, Action::MakeMap) => self.make_map(map, key, op),
            (Target::Map(map), Place::Key(key), false, Action::MakeText) => self.make_text(map, key, op),
            (Target::Map(map), Place::Key(key), false, Action::Put(value)) => self.put(map, key, value, op),
            (Target::Map(map), Place::Key(key), false, Action::Delete) => self.clear(map, key, op),
            (Target::Text(text), place, true, Action::Put(Scalar::Str(char))) => self.insert(text, place, char, op),
            (Target::Text(text), Place::Element(element), false, Action::Delete) => self.remove(text, *element, op),
            _ => refuse("an operation that does not fit its object"),
        }
    }

    /// The number of the operation under examination.
    fn op_ix(&self) -> OpIx {
        self.first_op + Stream::number(self.checked.ops.len())
    }

    /// Finds an operation in the past, the change's own earlier operations included.
    fn find(&self, name: OpName) -> Option<OpIx> {
        if name.actor == self.change.actor && name.counter >= self.change.start_op {
            let at = name.counter - self.change.start_op;
            return ((at as usize) < self.checked.ops.len()).then(|| self.first_op + at);
        }
        self.stream.find(self.past, name)
    }

    fn record(&self, op: OpIx) -> OpRecord {
        match op.checked_sub(self.first_op) {
            Some(own) => self.checked.ops[own as usize],
            None => self.stream.ops[op as usize],
        }
    }

    fn target(&mut self, object: Object) -> Verdict<Target> {
        if let Some((before, target)) = self.target_before
            && before == object
        {
            return Ok(target);
        }
        let target = match object {
            Object::Root => Target::Map(ROOT),
            Object::Made(name) => match self.find(name).map(|op| self.record(op)) {
                Some(OpRecord::Map(map)) => Target::Map(map),
                Some(OpRecord::Text(text)) => {
                    self.check_text(text)?;
                    Target::Text(text)
                }
                Some(_) => return refuse("an object that is none"),
                None => return refuse("an object outside the past"),
            },
        };
        self.target_before = Some((object, target));
        Ok(target)
    }

    /// Whether the author writes in this text.
    fn check_text(&self, text: u32) -> Verdict {
        let Some(policy) = self.policy else { return Ok(()) };
        match self.keys.cell(self.texts[text as usize].key) {
            Some(cell) => policy.check_paragraph(&cell),
            None => refuse("a text where plans have none"),
        }
    }

    /// A new key, for an object: nobody may ever have written it.
    fn new_key(&mut self, map: u32, key: &str, op: &Op) -> Verdict<u32> {
        if !op.preds.is_empty() || self.keys.find(map, key).is_some() {
            return refuse("an object where something is already");
        }
        self.check_room(map)?;
        Ok(self.keys.intern(map, key))
    }

    fn check_room(&self, map: u32) -> Verdict {
        if self.policy.is_some() && self.keys.maps[map as usize].keys.len() >= KEYS_PER_MAP_MAX {
            return too_many("this part of the plan is full");
        }
        Ok(())
    }

    fn make_map(&mut self, map: u32, key: &str, op: &Op) -> Verdict<OpRecord> {
        let place = match self.keys.place(map) {
            MapPlace::Root if self.genesis => MapPlace::Section(read(key)?),
            MapPlace::Section(section) if self.genesis || !section.is_single() => {
                let item = read(key)?;
                if let Some(policy) = self.policy {
                    policy.check_item(section, item)?;
                }
                MapPlace::Part(section, item, Part::Fields)
            }
            _ => return refuse("a map where plans have none"),
        };
        let record = self.make(map, key, place, op)?;
        if let (MapPlace::Part(..), OpRecord::Map(item)) = (place, record) {
            self.unfinished = Some((item, 0));
        }
        Ok(record)
    }

    /// One of a new item's maps: they follow it at once, in their order.
    fn make_part(&mut self, item: u32, made: usize, target: Target, op: &Op) -> Verdict<OpRecord> {
        let part = Part::MAPS[made];
        let fits = matches!(target, Target::Map(map) if map == item) && op.action == Action::MakeMap && !op.insert;
        match (&op.place, part.map_key(), self.keys.place(item)) {
            (Place::Key(key), Some(due), MapPlace::Part(section, id, _)) if fits && key == due => {
                let more = made + 1 < Part::MAPS.len();
                self.unfinished = more.then_some((item, made + 1));
                self.make(item, key, MapPlace::Part(section, id, part), op)
            }
            _ => refuse("an item without its maps"),
        }
    }

    fn make(&mut self, map: u32, key: &str, place: MapPlace, op: &Op) -> Verdict<OpRecord> {
        let key = self.new_key(map, key, op)?;
        let made = self.keys.push_map(place);
        self.write(key, Vec::new(), Some(Held::Map(made)));
        Ok(OpRecord::Map(made))
    }

    fn make_text(&mut self, map: u32, key: &str, op: &Op) -> Verdict<OpRecord> {
        let cell = self.cell(map, key)?;
        if cell.part != Part::Prose {
            return refuse("a text where plans have none");
        }
        if let Some(policy) = self.policy {
            policy.check_paragraph(&cell)?;
        }
        let key = self.new_key(map, key, op)?;
        let text = Stream::number(self.texts.len());
        self.texts.push(TextRecord::new(key));
        self.write(key, Vec::new(), Some(Held::Text(text)));
        Ok(OpRecord::Text(text))
    }

    fn put(&mut self, map: u32, key: &str, value: &Scalar, op: &Op) -> Verdict<OpRecord> {
        let cell = self.cell(map, key)?;
        if let Some(policy) = self.policy {
            policy.check_scalar(&cell, value)?;
        }
        if self.keys.find(map, key).is_none() {
            self.check_room(map)?;
        }
        let key = self.keys.intern(map, key);
        self.check_values_only(key)?;
        let live = self.live(key);
        let gone = self.preds(op, &live)?;
        if gone.len() != live.len() && !self.trusted {
            return refuse("a write that does not replace all that is there");
        }
        self.write(key, gone, Some(Held::Value(value.clone())));
        Ok(OpRecord::Put)
    }

    /// Clears a cell. Or, where values conflict, decides for the winner: putting the value that the winner already has
    /// makes a delete of all the others.
    fn clear(&mut self, map: u32, key: &str, op: &Op) -> Verdict<OpRecord> {
        let cell = self.cell(map, key)?;
        if let Some(policy) = self.policy {
            policy.check_clear(&cell)?;
        }
        let Some(key) = self.keys.find(map, key) else {
            return refuse("a delete of what is not there");
        };
        self.check_values_only(key)?;
        let live = self.live(key);
        let gone = self.preds(op, &live)?;
        let left: Vec<OpIx> = live.iter().copied().filter(|op| !gone.contains(op)).collect();
        let winner = || live.iter().copied().max_by_key(|op| self.name(*op));
        match left[..] {
            _ if self.trusted => {}
            _ if gone.is_empty() => return refuse("a delete of nothing"),
            [] => {}
            [left] if Some(left) == winner() => {}
            _ => return refuse("a delete of some of the values"),
        }
        self.write(key, gone, None);
        Ok(OpRecord::Delete)
    }

    fn insert(&mut self, text: u32, place: &Place, char: &str, op: &Op) -> Verdict<OpRecord> {
        let mut chars = char.chars();
        let (Some(char), None) = (chars.next(), chars.next()) else {
            return refuse("an insert of other than one character");
        };
        if !op.preds.is_empty() {
            return refuse("an insert that replaces something");
        }
        let after = match place {
            Place::Head => None,
            Place::Element(name) => Some(self.element(text, *name)?),
            Place::Key(_) => return refuse("a key in a text"),
        };
        self.checked.grown.entry(text).or_default().0 += 1;
        let op = self.op_ix();
        self.checked.steps.push(Step::Insert { text, after, op, char });
        Ok(OpRecord::Insert { text, char, deleted: 0 })
    }

    fn remove(&mut self, text: u32, name: OpName, op: &Op) -> Verdict<OpRecord> {
        if op.preds != [name] {
            return refuse("a character's delete that names something else");
        }
        let element = self.element(text, name)?;
        if self.is_deleted(element) && !self.trusted {
            return refuse("a delete of a deleted character");
        }
        if matches!(self.record(element), OpRecord::Insert { deleted: 0, .. }) {
            self.checked.grown.entry(text).or_default().1 += 1;
        }
        self.checked.deleted.insert(element);
        self.checked.steps.push(Step::Remove { text, element });
        Ok(OpRecord::Delete)
    }

    /// A character of this text, in the past.
    fn element(&self, text: u32, name: OpName) -> Verdict<OpIx> {
        let Some(op) = self.find(name) else {
            return refuse("a character outside the past");
        };
        match self.record(op) {
            OpRecord::Insert { text: its, .. } if its == text => Ok(op),
            _ => refuse("a place that is no character of this text"),
        }
    }

    /// Whether the author knows that a character is deleted.
    fn is_deleted(&self, element: OpIx) -> bool {
        // `deleted` is 1 + the first change that deleted it: at most `base` for one that the author has seen.
        let seen =
            matches!(self.record(element), OpRecord::Insert { deleted, .. } if (1..=self.past.base).contains(&deleted));
        let own = || {
            let actor = self.past.actor.map(|actor| self.stream.actor_record(actor));
            actor.is_some_and(|actor| actor.own_deleted.contains(&element))
        };
        seen || self.checked.deleted.contains(&element) || own()
    }

    fn name(&self, op: OpIx) -> OpName {
        match op.checked_sub(self.first_op) {
            Some(own) => OpName {
                counter: self.change.start_op + own,
                actor: self.change.actor,
            },
            None => self.stream.name(op),
        }
    }

    /// The cell of a key in one of an item's maps.
    fn cell(&self, map: u32, key: &str) -> Verdict<Cell> {
        match cell_in(self.keys.place(map), key) {
            Some(cell) if !key.is_empty() => Ok(cell),
            _ => refuse("a value where plans have none"),
        }
    }

    /// Maps and texts are never overwritten or deleted, even by someone who has not seen them.
    fn check_values_only(&self, key: u32) -> Verdict {
        let written = self.checked.live.contains_key(&key);
        let is_value = |held: &Held| matches!(held, Held::Value(_));
        let now = self.keys.key(key).live.iter().all(|(_, held)| is_value(held));
        let own = !written
            || self
                .live(key)
                .iter()
                .all(|op| matches!(self.record(*op), OpRecord::Put));
        if now && own {
            return Ok(());
        }
        refuse("a write over an object")
    }

    /// What is live at a key for the author.
    fn live(&self, key: u32) -> Vec<OpIx> {
        match self.checked.live.get(&key) {
            Some(live) => live.clone(),
            None => self.keys.live_in(self.stream, self.past, key),
        }
    }

    /// The predecessors, each of which must be live at the key and named once.
    fn preds(&self, op: &Op, live: &[OpIx]) -> Verdict<Vec<OpIx>> {
        if !op.preds.is_sorted_by(|one, next| one < next) {
            return refuse("a predecessor that is named twice");
        }
        if self.trusted {
            // What is there no more, another has replaced too.
            let found = op.preds.iter().filter_map(|name| self.find(*name));
            return Ok(found.filter(|op| live.contains(op)).collect());
        }
        let found = op
            .preds
            .iter()
            .map(|name| self.find(*name).filter(|op| live.contains(op)));
        let found: Option<Vec<OpIx>> = found.collect();
        found.map_or_else(|| refuse("a predecessor that is not there"), Ok)
    }

    fn write(&mut self, key: u32, gone: Vec<OpIx>, held: Option<Held>) {
        let op = self.op_ix();
        let mut live = self.live(key);
        live.retain(|op| !gone.contains(op));
        live.extend(held.is_some().then_some(op));
        self.checked.live.insert(key, live);
        let held = held.map(|held| (op, held));
        self.checked.steps.push(Step::Write { key, gone, held });
    }
}

fn read<T: FromStr>(key: &str) -> Verdict<T> {
    key.parse()
        .or_else(|_| refuse("a map with a key that plans do not have"))
}

fn refuse<T>(why: &'static str) -> Verdict<T> {
    Err(Refusal::Inconsistent(Cow::Borrowed(why)))
}

fn too_many<T>(why: &'static str) -> Verdict<T> {
    Err(Refusal::TooMany(Cow::Borrowed(why)))
}
