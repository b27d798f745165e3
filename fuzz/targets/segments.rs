//! A journal's first segment, of any bytes: checked and dumped without panic.
#![no_main]

use journal::testing::MemoryDisk;
use journal::{dump_on, verify_on};
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let disk = MemoryDisk::default();
    disk.put("0000000001.segment", bytes.to_vec());
    let _ = verify_on(&disk);
    let _ = dump_on(&disk, None, |_| ControlFlow::Continue(()));
});
