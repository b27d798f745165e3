//! The first look at bytes from outside: every length, count and run in them is bounded before a decoder sees them.
//!
//! In Automerge 0.12.0 a change of 79 bytes hangs the decoder and one of 77 bytes makes it ask for all memory. Both are
//! runs that claim more rows than there are bytes. So this walks the header and every column itself, adding up rows,
//! and compares them with the limits and with each other. It allocates nothing and reads each byte once.
//!
//! The layout (all numbers are LEB128): magic `85 6f 4a 83`, checksum (4 bytes), chunk type, length; then deps, actor,
//! seq, start_op, time, message, other actors, column list (specification, length), the columns, extra bytes.

use crate::columns;
use crate::leb::Reader;

/// What a single change may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Size of the whole change, in bytes.
    pub bytes_max: usize,
    /// Operations.
    pub ops_max: u64,
    /// Operations, and predecessors, beyond one for each byte of the change: a run claims any number of them in a few
    /// bytes, and each is decoded into a hundred times that. Enough to delete a whole paragraph.
    pub runs_free: u64,
    /// Changes it directly depends on.
    pub deps_max: u64,
    /// Actors that it names beside its own.
    pub actors_max: u64,
    /// Predecessors of all operations together.
    pub preds_max: u64,
    /// Length of one key, in bytes. A run may repeat a key for every operation.
    pub key_bytes_max: u64,
    /// Length of one value, in bytes.
    pub value_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 256 * 1024,
            ops_max: 10_000,
            runs_free: 2_048,
            deps_max: 1_024,
            actors_max: 4_096,
            preds_max: 20_000,
            key_bytes_max: 160,
            value_bytes_max: 16 * 1024,
        }
    }
}

impl Limits {
    /// What any release has ever admitted: for what stands in a journal.
    pub fn of_journal() -> Self {
        Self {
            runs_free: u64::MAX,
            key_bytes_max: 256,
            ..Self::default()
        }
    }

    /// The same limits for a change of so many bytes.
    fn for_bytes(&self, bytes: usize) -> Self {
        let runs_max = self.runs_free.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        Self {
            ops_max: self.ops_max.min(runs_max),
            preds_max: self.preds_max.min(runs_max),
            ..self.clone()
        }
    }
}

/// Greatest time of a change: the last millisecond of the year 9999.
///
/// A change at `i64::MIN` makes Automerge panic when the document is saved ("delta value overflows i64").
pub const TIME_MS_MAX: i64 = 253_402_300_799_999;

/// Bytes that are not a change, or not one that a plan can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than allowed.
    #[error("the change is too long")]
    TooLong,
    /// It ends too early, or a number in it is misspelled.
    #[error("the change is cut short or misspelled")]
    Misspelled,
    /// Not an uncompressed change chunk of exactly this length.
    #[error("not an uncompressed change")]
    NotAChange,
    /// An actor id that is not 16 bytes.
    #[error("an actor's id must have 16 bytes")]
    Actor,
    /// A counter that is 0 or does not fit.
    #[error("an operation counter is out of range")]
    Counter,
    /// A time outside the years 1970 to 9999.
    #[error("the time is out of range")]
    Time,
    /// A message or extra bytes, which we never write.
    #[error("the change carries more than operations")]
    Extras,
    /// A column that we never write, or columns out of order.
    #[error("unknown or misplaced column")]
    Column,
    /// A column's rows do not fit the number of operations.
    #[error("a column has too many or too few rows")]
    Rows,
    /// More operations, dependencies, actors or predecessors than allowed.
    #[error("too many operations, dependencies, actors or predecessors in one change")]
    TooMany,
    /// It has no operations.
    #[error("a change without operations")]
    Empty,
    /// Automerge cannot read it.
    #[error("the change cannot be decoded")]
    Undecodable,
    /// Another spelling of a change than Automerge's own.
    #[error("the change is not in its one spelling")]
    NotCanonical,
    /// An operation or a value of a kind that plans do not have.
    #[error("an operation or value of a kind that plans do not have")]
    ForeignOperation,
}

/// Bytes that passed [`precheck`].
#[derive(Debug, Clone, Copy)]
pub struct Prechecked<'a> {
    bytes: &'a [u8],
}

impl<'a> Prechecked<'a> {
    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_CHANGE: u8 = 1;
const ACTOR_BYTES: u64 = 16;
const HASH_BYTES: usize = 32;

/// Finds out whether the bytes are safe to decode.
pub fn precheck<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Prechecked<'a>, Malformed> {
    if bytes.len() > limits.bytes_max {
        return Err(Malformed::TooLong);
    }
    let mut reader = Reader::new(bytes);
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(Malformed::NotAChange);
    }
    let _checksum = reader.take(4)?; // compared by `decode`, which hashes the change anyway
    if reader.take(1)? != [CHUNK_CHANGE] || reader.length()? != reader.left() {
        return Err(Malformed::NotAChange);
    }
    let actors = check_header(&mut reader, limits)?;
    columns::check(&mut reader, actors, &limits.for_bytes(bytes.len()))?;
    Ok(Prechecked { bytes })
}

/// Everything before the columns. Gives the number of actors.
fn check_header(reader: &mut Reader<'_>, limits: &Limits) -> Result<u64, Malformed> {
    let deps = reader.unsigned()?;
    if deps > limits.deps_max {
        return Err(Malformed::TooMany);
    }
    for _ in 0..deps {
        reader.take(HASH_BYTES)?;
    }
    take_actor(reader)?;
    let _seq = reader.unsigned()?;
    let start_op = reader.unsigned()?;
    if start_op == 0 || start_op > u64::from(u32::MAX) {
        return Err(Malformed::Counter);
    }
    if !(0..=TIME_MS_MAX).contains(&reader.signed()?) {
        return Err(Malformed::Time);
    }
    if reader.unsigned()? != 0 {
        return Err(Malformed::Extras);
    }
    let others = reader.unsigned()?;
    if others > limits.actors_max {
        return Err(Malformed::TooMany);
    }
    for _ in 0..others {
        take_actor(reader)?;
    }
    Ok(others + 1)
}

fn take_actor(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    if reader.unsigned()? != ACTOR_BYTES {
        return Err(Malformed::Actor);
    }
    reader.take(16).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_change_is_refused() {
        let check = |bytes: &[u8]| precheck(bytes, &Limits::default()).map(drop);
        assert_eq!(check(&[]), Err(Malformed::Misspelled));
        assert_eq!(check(&[0; 64]), Err(Malformed::NotAChange));
        assert_eq!(check(&vec![0; 300 * 1024]), Err(Malformed::TooLong));
        let genesis = &crate::genesis().bytes;
        assert_eq!(check(genesis), Ok(()));
        for end in 0..genesis.len() {
            assert!(check(&genesis[..end]).is_err(), "cut at {end}");
        }
        let longer = [genesis.as_ref(), &[0]].concat();
        assert_eq!(check(&longer), Err(Malformed::NotAChange));
    }

    #[test]
    fn every_flipped_bit_is_refused_or_decoded_without_panic() {
        let genesis = crate::genesis();
        for at in 0..genesis.bytes.len() {
            for bit in 0..8 {
                let mut bytes = genesis.bytes.to_vec();
                bytes[at] ^= 1 << bit;
                let decoded = precheck(&bytes, &Limits::default()).and_then(|checked| crate::decode(&checked));
                assert!(decoded.is_err(), "byte {at} bit {bit}: the checksum covers everything");
            }
        }
    }
}
