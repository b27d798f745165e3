//! A checkpoint: what it states, the bytes that are signed, and the line of JSON that is kept and published.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Seq, TimestampMs};
use journal::{ChainHash, StreamId};
use serde::{Deserialize, Serialize};

use super::key::{PublicKey, SIGNATURE_BYTES, SigningKey};

/// The form of a line, and of what is signed.
const FORMAT: u32 = 1;
/// Stands before everything that is signed, so that a signature of this key never passes for one of something else.
const DOMAIN: &[u8] = b"interlock checkpoint 1\n";
/// Streams that one checkpoint names; where more have moved, several are made. A line of it stays below two megabytes.
pub(super) const MARKS_MAX: usize = 10_000;

/// BLAKE3 of what is signed: the name of a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CheckpointHash(pub [u8; 32]);

impl CheckpointHash {
    /// Before the first checkpoint.
    pub const START: Self = Self([0; 32]);
}

impl fmt::Display for CheckpointHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for CheckpointHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The end of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which stream.
    pub stream: StreamId,
    /// Its last entry.
    pub seq: Seq,
    /// Its hash chain up to there.
    pub chain: ChainHash,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Counted from 1.
    pub number: u64,
    /// When it was made; never earlier than the one before.
    pub at: TimestampMs,
    /// The key that signs it.
    pub key: PublicKey,
    /// The one before.
    pub previous: CheckpointHash,
    /// How many streams there are, those that have not moved included.
    pub streams: u64,
    /// Of the ends of all of them.
    pub heads: [u8; 32],
    /// The ends of those that have moved since the one before, by id.
    pub moved: Vec<Mark>,
}

impl Statement {
    /// The bytes that are signed: fixed widths, little-endian, so that they do not depend on how a line is written.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(DOMAIN.len() + 128 + self.moved.len() * 56);
        bytes.extend_from_slice(DOMAIN);
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.at.0.to_le_bytes());
        bytes.extend_from_slice(&self.key.0);
        bytes.extend_from_slice(&self.previous.0);
        bytes.extend_from_slice(&self.streams.to_le_bytes());
        bytes.extend_from_slice(&self.heads);
        bytes.extend_from_slice(&(self.moved.len() as u64).to_le_bytes());
        for mark in &self.moved {
            bytes.extend_from_slice(mark.stream.0.as_bytes());
            bytes.extend_from_slice(&mark.seq.0.to_le_bytes());
            bytes.extend_from_slice(&mark.chain.0);
        }
        bytes
    }

    /// Signs it.
    pub fn sign(self, key: &SigningKey) -> Checkpoint {
        let bytes = self.bytes();
        Checkpoint {
            hash: hash(&bytes),
            signature: key.sign(&bytes),
            statement: self,
        }
    }
}

fn hash(bytes: &[u8]) -> CheckpointHash {
    CheckpointHash(*blake3::hash(bytes).as_bytes())
}

/// A statement with its signature. Made by reading a line, it says nothing yet: [`Checkpoint::is_signed_by`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What is signed.
    pub statement: Statement,
    /// Its name: the hash of what is signed.
    pub hash: CheckpointHash,
    signature: [u8; SIGNATURE_BYTES],
}

/// Why a line is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not of the form.
    #[error("this is no checkpoint: {0}")]
    Malformed(String),
    /// Of a newer program.
    #[error("a checkpoint of form {0}, written by a newer version of this program: use that version")]
    Newer(u32),
    /// The hash that it says is not its own.
    #[error("the hash of this checkpoint is not that of its words")]
    OtherHash,
    /// The line is longer than any checkpoint.
    #[error("the line is too long for a checkpoint")]
    TooLong,
}

/// A line, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    format: u32,
    number: u64,
    at: TimestampMs,
    key: String,
    previous: String,
    streams: u64,
    heads: String,
    moved: Vec<LineMark>,
    hash: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineMark {
    stream: StreamId,
    seq: Seq,
    chain: String,
}

impl Checkpoint {
    /// Whether this key has signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.statement.key == *key && key.verifies(&self.statement.bytes(), &self.signature)
    }

    /// Its line, without the line's end.
    ///
    /// # Panics
    /// Never: our own types serialise.
    pub fn line(&self) -> String {
        let statement = &self.statement;
        let mark = |mark: &Mark| LineMark {
            stream: mark.stream,
            seq: mark.seq,
            chain: mark.chain.to_string(),
        };
        let line = Line {
            format: FORMAT,
            number: statement.number,
            at: statement.at,
            key: statement.key.to_string(),
            previous: statement.previous.to_string(),
            streams: statement.streams,
            heads: hex(&statement.heads),
            moved: statement.moved.iter().map(mark).collect(),
            hash: self.hash.to_string(),
            signature: URL_SAFE_NO_PAD.encode(self.signature),
        };
        serde_json::to_string(&line).expect("text and numbers become JSON")
    }

    /// Reads a line: foreign bytes.
    pub fn read(line: &str) -> Result<Self, Unreadable> {
        /// What a line of any form has.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let malformed = |error: &dyn fmt::Display| Unreadable::Malformed(error.to_string());
        let form: Form = serde_json::from_str(line).map_err(|error| malformed(&error))?;
        if form.format != FORMAT {
            return Err(Unreadable::Newer(form.format));
        }
        let line: Line = serde_json::from_str(line).map_err(|error| malformed(&error))?;
        if line.moved.len() > MARKS_MAX {
            return Err(Unreadable::TooLong);
        }
        let mark = |mark: LineMark| {
            Ok(Mark {
                stream: mark.stream,
                seq: mark.seq,
                chain: ChainHash(unhex(&mark.chain)?),
            })
        };
        let statement = Statement {
            number: line.number,
            at: line.at,
            key: line.key.parse().map_err(|error| malformed(&error))?,
            previous: CheckpointHash(unhex(&line.previous)?),
            streams: line.streams,
            heads: unhex(&line.heads)?,
            moved: line.moved.into_iter().map(mark).collect::<Result<_, Unreadable>>()?,
        };
        let decoded = URL_SAFE_NO_PAD.decode(&line.signature);
        let signature = decoded.ok().and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or_else(|| malformed(&"the signature has another length"))?;
        let checkpoint = Self {
            hash: hash(&statement.bytes()),
            statement,
            signature,
        };
        if checkpoint.hash.0 != unhex(&line.hash)? {
            return Err(Unreadable::OtherHash);
        }
        Ok(checkpoint)
    }
}

/// Bytes as they are written in a line.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn unhex(text: &str) -> Result<[u8; 32], Unreadable> {
    let wrong = || Unreadable::Malformed("a hash has 64 hexadecimal digits".to_owned());
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64).ok_or_else(wrong)?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let value = pair.iter().fold(0, |value, digit| value * 16 + digit);
        *byte = u8::try_from(value).map_err(|_| wrong())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// The key and the checkpoint of these tests.
    fn one() -> (SigningKey, Checkpoint) {
        let key = SigningKey::from_seed([7; 32]);
        let statement = Statement {
            number: 2,
            at: TimestampMs(1_795_305_600_000),
            key: key.public(),
            previous: CheckpointHash([1; 32]),
            streams: 3,
            heads: [2; 32],
            moved: vec![Mark {
                stream: StreamId(Uuid::from_u128(9)),
                seq: Seq(41),
                chain: ChainHash([3; 32]),
            }],
        };
        let checkpoint = statement.sign(&key);
        (key, checkpoint)
    }

    /// Published lines are kept by others: what this program signed must be readable for ever.
    #[test]
    fn a_checkpoint_has_these_bytes_and_this_line() {
        let (_, checkpoint) = one();
        let expected = "696e7465726c6f636b20636865636b706f696e7420310a\
            0200000000000000\
            00748d00a2010000\
            ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c\
            0101010101010101010101010101010101010101010101010101010101010101\
            0300000000000000\
            0202020202020202020202020202020202020202020202020202020202020202\
            0100000000000000\
            00000000000000000000000000000009\
            2900000000000000\
            0303030303030303030303030303030303030303030303030303030303030303";
        assert_eq!(hex(&checkpoint.statement.bytes()), expected);
        expect_test::expect_file!["golden.jsonl"].assert_eq(&format!("{}\n", checkpoint.line()));
    }

    #[test]
    fn a_line_reads_back_and_is_signed() {
        let (key, checkpoint) = one();
        let read = Checkpoint::read(&checkpoint.line()).expect("it was written so");
        assert_eq!(read, checkpoint);
        assert!(read.is_signed_by(&key.public()));
        let other = SigningKey::from_seed([8; 32]);
        assert!(!read.is_signed_by(&other.public()), "by another key");
    }

    #[test]
    fn a_line_in_which_anything_was_changed_is_refused_or_not_signed() {
        let (key, checkpoint) = one();
        let changes: [fn(&mut Statement); 8] = [
            |statement| statement.number += 1,
            |statement| statement.at.0 += 1,
            |statement| statement.previous.0[31] ^= 1,
            |statement| statement.streams -= 1,
            |statement| statement.heads[0] ^= 1,
            |statement| statement.moved[0].seq = Seq(40),
            |statement| statement.moved[0].chain.0[5] ^= 1,
            |statement| statement.moved.clear(),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut forged = checkpoint.clone();
            change(&mut forged.statement);
            // The hash that the line says is the old one, then one that fits.
            assert_eq!(
                Checkpoint::read(&forged.line()),
                Err(Unreadable::OtherHash),
                "change {n}"
            );
            forged.hash = hash(&forged.statement.bytes());
            let read = Checkpoint::read(&forged.line()).expect("of the form");
            assert!(!read.is_signed_by(&key.public()), "change {n}");
        }
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_without_panic() {
        let (_, checkpoint) = one();
        let line = checkpoint.line();
        for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)) {
            assert!(Checkpoint::read(&line[..end]).is_err(), "cut at {end}");
        }
        for other in [
            "null",
            "{}",
            "[1]",
            "{\"format\":1}",
            &line.replace("\"format\":1", "\"format\":9"),
        ] {
            assert!(Checkpoint::read(other).is_err(), "{other}");
        }
    }
}
