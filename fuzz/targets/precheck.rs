//! Any bytes, and any body of a change with the right checksum: looked at and decoded, without panic, hang or bombs.
#![no_main]

use interlock_fuzz::chunk;
use libfuzzer_sys::fuzz_target;
use plan::{Limits, decode, precheck};

fuzz_target!(|bytes: &[u8]| {
    for bytes in [bytes.to_vec(), chunk(bytes)] {
        for limits in [Limits::default(), Limits::of_journal()] {
            if let Ok(checked) = precheck(&bytes, &limits) {
                let _ = decode(&checked);
            }
        }
    }
});
