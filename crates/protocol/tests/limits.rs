//! Bytes that are no frame are an error: never a panic, never memory beyond what was sent.

use bytes::Bytes;
use domain::{ChangeHash, PersonId, Seq, TimestampMs};
use protocol::{
    Acked, Body, Bye, ClientFrame, CodecError, Entry, FRAME_BYTES_MAX, Hello, PROTOCOL, ServerFrame, Submitted,
    decode_client, decode_entry, decode_server, encode_client, encode_entry, encode_server, hello_protocol,
    submitted_count,
};

fn submit(len: usize) -> Bytes {
    let submitted = Submitted {
        base: Seq(1),
        bytes: vec![7; len].into(),
    };
    encode_client(&ClientFrame::Submit(vec![submitted]))
}

#[test]
fn a_frame_longer_than_the_limit_is_refused() {
    let frame = submit(FRAME_BYTES_MAX);
    assert_eq!(decode_client(&frame), Err(CodecError::TooLong(frame.len())));
    assert_eq!(decode_server(&frame), Err(CodecError::TooLong(frame.len())));
}

#[test]
fn bytes_after_a_frame_are_refused() {
    let mut frame = submit(3).to_vec();
    frame.extend([0, 0]);
    assert_eq!(decode_client(&frame), Err(CodecError::Trailing(2)));
}

#[test]
fn a_frame_cut_anywhere_is_refused() {
    let acks = vec![
        Acked {
            hash: ChangeHash([9; 32]),
            seq: Seq(300),
            at: TimestampMs(1_764_000_000_000)
        };
        2
    ];
    let frame = encode_server(&ServerFrame::Ack(acks));
    for end in 0..frame.len() {
        assert!(
            matches!(decode_server(&frame[..end]), Err(CodecError::Malformed(_))),
            "cut at {end}"
        );
    }
}

#[test]
fn a_count_that_lies_asks_for_no_memory() {
    // Submit, then a count of 2^64 - 1 changes; a change, then a length of 2^64 - 1.
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let mut count = vec![1];
    count.extend(huge);
    assert!(matches!(decode_client(&count), Err(CodecError::Malformed(_))));
    let mut length = vec![1, 1, 0];
    length.extend(huge);
    assert!(matches!(decode_client(&length), Err(CodecError::Malformed(_))));
}

#[test]
fn an_entry_of_a_newer_format_says_so() {
    let body = Body::Change {
        hash: ChangeHash([9; 32]),
        base: Seq(1),
        bytes: Bytes::from_static(b"x"),
    };
    let mut stored = encode_entry(&Entry {
        epoch: 0,
        author: PersonId::SERVER,
        body,
    })
    .to_vec();
    stored[0] = 2;
    assert_eq!(decode_entry(&stored), Err(CodecError::NewerFormat(2)));
    assert!(matches!(decode_entry(&[]), Err(CodecError::Malformed(_))));
}

#[test]
fn any_short_bytes_are_read_without_a_panic() {
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            for bytes in [
                &[first, second][..],
                &[first, second, 0xff, 0xff, 0xff],
                &[first, second, 0, 0, 0, 0],
            ] {
                let _ = decode_client(bytes);
                let _ = decode_server(bytes);
                let _ = decode_entry(bytes);
            }
        }
    }
}

#[test]
fn the_version_of_a_hello_is_read_whatever_follows_it() {
    let hello = Hello {
        protocol: PROTOCOL + 700,
        plan: domain::PlanId(uuid::Uuid::nil()),
        epoch: 0,
        have: Seq(3),
    };
    let mut bytes = encode_client(&ClientFrame::Hello(hello)).to_vec();
    bytes.extend(b"what a later version says besides");
    assert!(decode_client(&bytes).is_err());
    assert_eq!(hello_protocol(&bytes), Some(PROTOCOL + 700));
    for none in [&[][..], &[0], &[0, 0xff], &[1, 1], &[0, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(hello_protocol(none), None, "{none:?}");
    }
}

#[test]
fn a_submit_is_counted_without_being_read() {
    let submitted = Submitted {
        base: Seq(1),
        bytes: Bytes::from_static(b"change"),
    };
    let frame = encode_client(&ClientFrame::Submit(vec![submitted; 300]));
    assert_eq!(submitted_count(&frame), 300);
    assert_eq!(submitted_count(&encode_client(&ClientFrame::Bye)), 0);
    for odd in [&[][..], &[1], &[1, 0xff], &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(submitted_count(odd), 0, "{odd:?}");
    }
}

#[test]
fn a_client_says_which_of_the_two_is_older() {
    let said = |server| Bye::OtherProtocol { server }.to_string();
    assert!(
        said(PROTOCOL + 1).starts_with("this page is older"),
        "{}",
        said(PROTOCOL + 1)
    );
    assert!(
        said(PROTOCOL - 1).starts_with("the server is older"),
        "{}",
        said(PROTOCOL - 1)
    );
}
