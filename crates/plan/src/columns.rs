//! The columns of a change: every run in them is walked and counted before a decoder sees them.

use crate::leb::Reader;
use crate::precheck::{Limits, Malformed};

// A column's specification: its id in the upper bits, then "deflated" (never set here), then its type.
const OBJECT_ACTOR: u64 = 0x01;
const OBJECT_COUNTER: u64 = 0x02;
const KEY_ACTOR: u64 = 0x11;
const KEY_COUNTER: u64 = 0x13;
const KEY_STRING: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE: u64 = 0x57;
const PRED_COUNT: u64 = 0x70;
const PRED_ACTOR: u64 = 0x71;
const PRED_COUNTER: u64 = 0x73;

/// All that a plan's changes have, in the order in which they stand. No marks.
const KNOWN: [u64; 12] = [
    OBJECT_ACTOR,
    OBJECT_COUNTER,
    KEY_ACTOR,
    KEY_COUNTER,
    KEY_STRING,
    INSERT,
    ACTION,
    VALUE_META,
    VALUE,
    PRED_COUNT,
    PRED_ACTOR,
    PRED_COUNTER,
];

/// Actions by their number in the column: make a map, put, delete, make a text.
const ACTIONS: [u64; 4] = [0, 1, 3, 4];

/// Reads the list of columns and walks each of them.
pub(crate) fn check(reader: &mut Reader<'_>, actors: u64, limits: &Limits) -> Result<(), Malformed> {
    let columns = Columns::read(reader)?;
    let is_actor = |actor: u64| actor < actors;

    let ops = walk(columns.get(ACTION), limits.ops_max, |run| {
        ensure(ACTIONS.contains(&run.unsigned()?), Malformed::ForeignOperation)
    })?;
    ensure(ops > 0, Malformed::Empty)?;
    full(ops, check_numbers(columns.get(OBJECT_ACTOR), ops, is_actor))?;
    full(ops, check_numbers(columns.get(OBJECT_COUNTER), ops, is_counter))?;
    full(ops, check_numbers(columns.get(KEY_ACTOR), ops, is_actor))?;
    full(ops, check_deltas(columns.get(KEY_COUNTER), ops))?;
    full(ops, check_strings(columns.get(KEY_STRING), ops, limits.key_bytes_max))?;
    full(ops, check_flags(columns.get(INSERT), ops))?;
    full(
        ops,
        check_values(columns.get(VALUE_META), columns.get(VALUE), ops, limits),
    )?;

    let mut preds = 0;
    let counts = walk(columns.get(PRED_COUNT), ops, |run| {
        preds = add(preds, run.unsigned()?, run.rows, limits.preds_max)?;
        Ok(())
    });
    full(ops, counts)?;
    full(preds, check_numbers(columns.get(PRED_ACTOR), preds, is_actor))?;
    full(preds, check_deltas(columns.get(PRED_COUNTER), preds))
}

/// The bytes of each column, in the order of [`KNOWN`].
struct Columns<'a>([&'a [u8]; KNOWN.len()]);

impl<'a> Columns<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let count = reader.length()?;
        ensure(count <= KNOWN.len(), Malformed::Column)?;
        let mut lengths = [0; KNOWN.len()];
        let mut next = 0;
        for _ in 0..count {
            let specification = reader.unsigned()?;
            let at = KNOWN[next..].iter().position(|known| *known == specification);
            let at = next + at.ok_or(Malformed::Column)?;
            lengths[at] = reader.length()?;
            next = at + 1;
        }
        let mut columns = Self([&[]; KNOWN.len()]);
        for (column, length) in columns.0.iter_mut().zip(lengths) {
            *column = reader.take(length)?;
        }
        ensure(reader.is_empty(), Malformed::Extras)?;
        Ok(columns)
    }

    fn get(&self, specification: u64) -> &'a [u8] {
        let at = KNOWN.iter().position(|known| *known == specification);
        at.map_or(&[], |at| self.0[at])
    }
}

/// One value of a column and the number of rows it stands for.
struct Run<'r, 'a> {
    reader: &'r mut Reader<'a>,
    rows: u64,
}

impl Run<'_, '_> {
    fn unsigned(&mut self) -> Result<u64, Malformed> {
        self.reader.unsigned()
    }
}

/// Walks a run-length encoded column of at most `rows_max` rows and gives their number. `visit` reads one value.
fn walk(
    column: &[u8],
    rows_max: u64,
    mut visit: impl FnMut(&mut Run<'_, '_>) -> Result<(), Malformed>,
) -> Result<u64, Malformed> {
    let mut reader = Reader::new(column);
    let mut rows = 0;
    while !reader.is_empty() {
        let length = reader.signed()?;
        // A repeated value, or that many values one after the other, or (0) absent values.
        let count = if length == 0 {
            reader.unsigned()?
        } else {
            length.unsigned_abs()
        };
        ensure(count > 0, Malformed::Rows)?;
        rows = add(rows, count, 1, rows_max)?;
        let (values, rows_each) = match length {
            0 => (0, 0),
            1.. => (1, count),
            _ => (count, 1),
        };
        for _ in 0..values {
            visit(&mut Run {
                reader: &mut reader,
                rows: rows_each,
            })?;
        }
    }
    Ok(rows)
}

fn check_numbers(column: &[u8], rows_max: u64, fits: impl Fn(u64) -> bool) -> Result<u64, Malformed> {
    walk(column, rows_max, |run| {
        ensure(fits(run.unsigned()?), Malformed::Counter)
    })
}

/// Counters that are stored as the difference to the one before.
fn check_deltas(column: &[u8], rows_max: u64) -> Result<u64, Malformed> {
    let mut counter = 0_i64;
    walk(column, rows_max, |run| {
        let delta = run.reader.signed()?;
        let rows = i64::try_from(run.rows).map_err(|_| Malformed::Rows)?;
        // The first and the last of a run bound all between them.
        let first = counter.checked_add(delta).ok_or(Malformed::Counter)?;
        let last = delta.checked_mul(rows).and_then(|total| counter.checked_add(total));
        let last = last.ok_or(Malformed::Counter)?;
        for end in [first, last] {
            ensure(u64::try_from(end).is_ok_and(is_counter), Malformed::Counter)?;
        }
        counter = last;
        Ok(())
    })
}

fn check_strings(column: &[u8], rows_max: u64, bytes_max: u64) -> Result<u64, Malformed> {
    walk(column, rows_max, |run| {
        let length = run.unsigned()?;
        ensure(length <= bytes_max, Malformed::TooLong)?;
        let length = usize::try_from(length).map_err(|_| Malformed::TooLong)?;
        run.reader.take(length).map(drop)
    })
}

/// Alternating counts of "no" and "yes"; only the first may be 0.
fn check_flags(column: &[u8], rows_max: u64) -> Result<u64, Malformed> {
    let mut reader = Reader::new(column);
    let mut rows = 0;
    let mut first = true;
    while !reader.is_empty() {
        let count = reader.unsigned()?;
        ensure(count > 0 || first, Malformed::Rows)?;
        rows = add(rows, count, 1, rows_max)?;
        first = false;
    }
    Ok(rows)
}

/// Types of values by their number: absent, no, yes, whole number, text.
const VALUE_TYPES: [u64; 5] = [0, 1, 2, 4, 6];

/// Each row gives a type (lower four bits) and a length; the bytes of all values stand one after the other.
fn check_values(meta: &[u8], raw: &[u8], rows_max: u64, limits: &Limits) -> Result<u64, Malformed> {
    let total = u64::try_from(raw.len()).map_err(|_| Malformed::TooLong)?;
    let mut claimed = 0;
    let rows = walk(meta, rows_max, |run| {
        let meta = run.unsigned()?;
        ensure(VALUE_TYPES.contains(&(meta & 0xf)), Malformed::ForeignOperation)?;
        ensure(meta >> 4 <= limits.value_bytes_max, Malformed::TooLong)?;
        claimed = add(claimed, meta >> 4, run.rows, total)?;
        Ok(())
    })?;
    ensure(claimed == total, Malformed::Rows)?;
    Ok(rows)
}

/// A column has a row for each of `expected`, or no bytes at all (all absent).
fn full(expected: u64, rows: Result<u64, Malformed>) -> Result<(), Malformed> {
    let rows = rows?;
    ensure(rows == expected || rows == 0, Malformed::Rows)
}

fn is_counter(counter: u64) -> bool {
    u32::try_from(counter).is_ok()
}

/// `sum + each * times`, if that is at most `max`.
fn add(sum: u64, each: u64, times: u64, max: u64) -> Result<u64, Malformed> {
    let total = each.checked_mul(times).and_then(|more| sum.checked_add(more));
    total.filter(|total| *total <= max).ok_or(Malformed::TooMany)
}

fn ensure(holds: bool, otherwise: Malformed) -> Result<(), Malformed> {
    if holds { Ok(()) } else { Err(otherwise) }
}
