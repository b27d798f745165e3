//! A stored entry: read, and written again with the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{decode_entry, encode_entry};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = decode_entry(bytes) {
        let again = encode_entry(&entry);
        assert_eq!(decode_entry(&again).as_ref(), Ok(&entry));
    }
});
