//! Bytes that no decoder should see.

use plan::{Limits, precheck};

use super::{ANN, Plan};
use crate::mutate::{chunk, unsigned};

/// A change's body with these columns; everything before them is in order.
fn body(columns: &[(u64, &[u8])]) -> Vec<u8> {
    let mut body = vec![0, 16];
    body.extend_from_slice(&ANN.0);
    body.extend_from_slice(&[1, 1, 0, 0, 0]); // seq, start_op, time, no message, no other actors
    unsigned(&mut body, columns.len() as u64);
    for (specification, bytes) in columns {
        unsigned(&mut body, *specification);
        unsigned(&mut body, bytes.len() as u64);
    }
    for (_, bytes) in columns {
        body.extend_from_slice(bytes);
    }
    body
}

/// 2^41 - 1, which is spelled alike with and without a sign.
const ENDLESS: [u8; 6] = [0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];

/// Every column claims as many rows: it adds up, and is nearly nothing to send.
fn bomb(rows: &[u8]) -> Vec<u8> {
    let all = |value: &[u8]| [rows, value].concat();
    let (name, action, zero) = (all(&[1, b'k']), all(&[1]), all(&[0]));
    chunk(&body(&[
        (0x15, &name),
        (0x34, rows),
        (0x42, &action),
        (0x56, &zero),
        (0x70, &zero),
    ]))
}

/// Bytes that hang the decoder or take all memory.
pub(super) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    assert!(
        precheck(&bomb(&[0xe8, 0x07]), &Limits::default()).is_ok(),
        "a thousand rows are no bomb"
    );
    let hang = bomb(&ENDLESS);
    let all = |value: u8| [&ENDLESS[..], &[value]].concat();
    let (count, zero, one) = ([&[0x7f][..], &ENDLESS].concat(), all(0), all(1));
    let abort = chunk(&body(&[
        (0x15, &[0x7f, 1, b'k']),
        (0x34, &[1]),
        (0x42, &[0x7f, 1]),
        (0x56, &[0x7f, 0]),
        (0x70, &count),
        (0x71, &zero),
        (0x73, &one),
    ]));
    assert_eq!((hang.len(), abort.len()), (79, 77));
    vec![
        ("79 bytes that hang the decoder: each column has 2^41 rows", hang),
        (
            "77 bytes that take all memory: one operation has 2^41 predecessors",
            abort,
        ),
        ("5,000 operations in 80 bytes", bomb(&[0x88, 0x27])),
    ]
}

/// Bytes that lie in one place, or that carry what we never write.
#[rustfmt::skip] // a table: one kind a line
pub(super) fn bad_bytes(plan: &Plan) -> Vec<(&'static str, Vec<u8>)> {
    const HUGE: [u8; 10] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x3f, 0x00]; // 63 << 56, signed
    let run = |value: u8| [&HUGE[..9], &[value]].concat();
    let (insert, action, meta, none): (&[u8], &[u8], &[u8], &[u8]) = (&[1], &[0x7f, 1], &[0x7f, 0], &[0x7f, 0]);
    let name: &[u8] = &[0x7f, 1, b'k'];
    let with = |column: u64, bytes: &[u8]| {
        let mut columns = vec![(0x15, name), (0x34, insert), (0x42, action), (0x56, meta), (0x70, none)];
        columns.retain(|(specification, _)| *specification != column);
        columns.push((column, bytes));
        columns.sort_by_key(|(specification, _)| *specification);
        chunk(&body(&columns))
    };
    let fine = chunk(&body(&[
        (0x15, name),
        (0x34, insert),
        (0x42, action),
        (0x56, meta),
        (0x70, none),
    ]));
    assert!(
        precheck(&fine, &Limits::default()).is_ok(),
        "all below are made from this one"
    );
    let honest = plan.with(|_| ());
    let header = |from: usize, replaced: usize, by: &[u8]| {
        let mut body = body(&[(0x15, name), (0x34, insert), (0x42, action), (0x56, meta), (0x70, none)]);
        body.splice(from..from + replaced, by.iter().copied());
        chunk(&body)
    };
    let kind = |kind: u8| {
        let mut bytes = honest.to_vec();
        bytes[8] = kind;
        bytes
    };
    vec![
        ("endless rows in one column", with(0x42, &run(1))),
        ("endless absent rows", with(0x42, &[&[0][..], &HUGE[..9]].concat())),
        ("an endless literal (panics)", with(0x42, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 1])),
        ("endless predecessors", with(0x70, &[&[0x7f][..], &HUGE[..9]].concat())),
        ("a gigabyte's key", with(0x15, &[0x7f, 0xff, 0x93, 0xeb, 0xdc, 0x03])),
        ("endless keys", with(0x15, &[&HUGE[..9], &[1, b'k']].concat())),
        ("endless flags", with(0x34, &HUGE[..9])),
        ("a value longer than there is", with(0x56, &[0x7f, 0xf6, 0xff, 0xff, 0xff, 0x0f])),
        ("a thousand values of the same bytes", with(0x56, &[&[0xe8, 0x07][..], &[0x16]].concat())),
        ("endless dependencies", header(0, 1, &HUGE[..9])),
        ("endless actors", header(22, 1, &HUGE[..9])),
        ("a long actor", header(1, 1, &[0xff, 0xff, 0x03])),
        ("a message", header(21, 1, &[1, b'm'])),
        ("time at the least", header(20, 1, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f])),
        ("counter 0", header(19, 1, &[0])),
        ("a counter over 32 bits", header(19, 1, &[0x80, 0x80, 0x80, 0x80, 0x10])),
        ("a longer spelling", header(19, 1, &[0x81, 0x00])),
        ("an actor that is not listed", with(0x01, &[0x7f, 7])),
        ("a negative counter", with(0x13, &[0x7f, 0x7f])),
        ("a counter that overflows", with(0x13, &run(0x3f))),
        ("a deflated column", with(0x1d, name)),
        ("an unknown column", with(0x60, none)),
        ("a mark", with(0x94, &[1])),
        ("a counter's increment", with(0x42, &[0x7f, 5])),
        ("an unknown action", with(0x42, &[0x7f, 99])),
        ("a float", with(0x56, &[0x7f, 0x85, 0x01])),
        ("extra bytes", chunk(&[&body(&[(0x42, action)])[..], &[1, 2, 3]].concat())),
        ("a document", kind(0)),
        ("a deflated change", kind(2)),
        ("a bundle", kind(3)),
        ("a wrong checksum", { let mut bytes = honest.to_vec(); bytes[4] ^= 1; bytes }),
        ("cut short", honest[..honest.len() - 1].to_vec()),
        ("one byte more", [&honest[..], &[0]].concat()),
    ]
}
