//! Lies: honest changes, changed a little and encoded again with a right checksum.

use domain::{ChangeHash, Scalar, Seq};
use plan::{Action, Content, Decoded, Object, Op, OpName, Place, TIME_MS_MAX, encode};
use rand::RngExt;
use rand::seq::{IndexedMutRandom, IndexedRandom};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// What a liar has to choose from: the stream as it is.
pub(crate) struct Known<'a> {
    pub(crate) changes: &'a [Decoded],
    pub(crate) last: Seq,
}

impl Known<'_> {
    fn hash(&self, rng: &mut ChaCha8Rng) -> ChangeHash {
        self.changes.choose(rng).expect("the genesis").hash
    }

    /// The name of some operation, or of nearly one.
    fn name(&self, own: &Content, rng: &mut ChaCha8Rng) -> OpName {
        let from = match rng.random_range(0..4) {
            0 => own,
            _ => &self.changes.choose(rng).expect("the genesis").content,
        };
        let ops = u32::try_from(from.ops.len()).expect("a few");
        let beyond = u32::from(rng.random_bool(0.1)) * 3;
        OpName {
            counter: from.start_op.saturating_add(rng.random_range(0..ops + beyond)),
            actor: from.actor,
        }
    }
}

/// Changes one thing in a change, or in the base that is claimed for it.
pub(crate) fn mutate(content: &mut Content, base: &mut Seq, known: &Known<'_>, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..16) {
        0 | 1 => mutate_deps(content, known, rng),
        2 => content.start_op = near(content.start_op, rng),
        3 => {
            let times = [-1, i64::MIN, i64::MAX, TIME_MS_MAX + 1, 0, TIME_MS_MAX];
            content.time = *times.choose(rng).expect("some");
        }
        4 => content.seq = u64::from(near(u32::try_from(content.seq).expect("small"), rng)),
        5 => {
            let other = known.changes.choose(rng).expect("the genesis").actor;
            content.actor = *[other, domain::ActorId(rng.random())].choose(rng).expect("some");
        }
        6 => base.0 = rng.random_range(0..=known.last.0 + 1),
        7 => mutate_list(content, known, rng),
        _ => {
            let name = known.name(content, rng);
            let own = OpName {
                counter: content
                    .start_op
                    .saturating_add(rng.random_range(0..u32::try_from(content.ops.len()).expect("a few"))),
                actor: content.actor,
            };
            let key = known
                .changes
                .choose(rng)
                .and_then(|change| change.ops.choose(rng))
                .cloned();
            let op = content.ops.choose_mut(rng).expect("not empty");
            mutate_op(op, (name, own), key.as_ref(), rng);
        }
    }
}

fn near(number: u32, rng: &mut ChaCha8Rng) -> u32 {
    let choices = [
        number.saturating_sub(1),
        number.saturating_add(1),
        number.saturating_add(1000),
        1,
        u32::MAX,
        u32::MAX - 1,
    ];
    (*choices.choose(rng).expect("some")).max(1)
}

fn mutate_deps(content: &mut Content, known: &Known<'_>, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..5) {
        0 => {
            content.deps.pop();
        }
        1 => content.deps.push(known.hash(rng)),
        2 => content.deps.clear(),
        3 => content.deps = vec![known.hash(rng)],
        _ => content.deps.push(ChangeHash(rng.random())),
    }
}

/// Operations go, come, or change places.
fn mutate_list(content: &mut Content, known: &Known<'_>, rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..content.ops.len());
    let to = rng.random_range(0..content.ops.len());
    match rng.random_range(0..5) {
        0 => drop(content.ops.remove(at)),
        1 => content.ops.insert(to, content.ops[at].clone()),
        2 => content.ops.swap(at, to),
        3 => {
            let other = known.changes.choose(rng).and_then(|change| change.ops.choose(rng));
            content.ops.extend(other.cloned());
        }
        _ => content.ops.truncate(at),
    }
}

fn mutate_op(op: &mut Op, (name, own): (OpName, OpName), other: Option<&Op>, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..12) {
        0 => drop(op.preds.pop()),
        1 => op.preds.push(name),
        2 => op.preds = vec![name],
        3 => op.preds.clear(),
        4 => {
            op.object = *[Object::Made(name), Object::Made(own), Object::Root]
                .choose(rng)
                .expect("some");
        }
        5 => op.place = Place::Element(name),
        6 => {
            op.place = [Place::Element(own), Place::Head, Place::Key(String::new())]
                .choose(rng)
                .expect("some")
                .clone();
        }
        7 => op.insert = !op.insert,
        8 => op.action = action(rng),
        9 | 10 => {
            let Some(other) = other else { return };
            match rng.random_range(0..4) {
                0 => op.place = other.place.clone(),
                1 => op.object = other.object,
                2 => op.preds.clone_from(&other.preds),
                _ => op.action = other.action.clone(),
            }
        }
        _ => {
            op.place = Place::Element(name);
            op.preds = vec![name];
        }
    }
}

fn action(rng: &mut ChaCha8Rng) -> Action {
    let values = [
        Action::MakeMap,
        Action::MakeText,
        Action::Delete,
        Action::Put(Scalar::Str("ab".to_owned())),
        Action::Put(Scalar::Str(String::new())),
        Action::Put(Scalar::Str("x".repeat(400))),
        Action::Put(Scalar::Str("y".to_owned())),
        Action::Put(Scalar::Int(i64::MIN)),
        Action::Put(Scalar::Bool(true)),
    ];
    values.choose(rng).expect("some").clone()
}

/// The bytes of a change whose content may lie.
pub(crate) fn lie(content: &Content) -> Vec<u8> {
    encode(content).0.to_vec()
}

/// What follows the header.
pub(crate) fn body(bytes: &[u8]) -> &[u8] {
    let length = bytes[9..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 1;
    &bytes[9 + length..]
}

/// A change chunk with this body and the right checksum.
pub(crate) fn chunk(body: &[u8]) -> Vec<u8> {
    const CHANGE: u8 = 1;
    let mut hashed = vec![CHANGE];
    unsigned(&mut hashed, body.len() as u64);
    hashed.extend_from_slice(body);
    let checksum = Sha256::digest(&hashed);
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
    bytes.extend_from_slice(&checksum[..4]);
    bytes.extend_from_slice(&hashed);
    bytes
}

/// A signed LEB128 number.
pub(crate) fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if (number == 0 && low & 0x40 == 0) || (number == -1 && low & 0x40 != 0) {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// An unsigned LEB128 number.
pub(crate) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}
