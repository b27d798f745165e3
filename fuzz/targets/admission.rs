//! Any body of a change, offered to a small plan: refused, or harmless.
#![no_main]

use domain::Seq;
use interlock_fuzz::{check_admitted, chunk};
use libfuzzer_sys::fuzz_target;
use plan::{Limits, decode, precheck};

fuzz_target!(|bytes: &[u8]| {
    let [who, base, body @ ..] = bytes else { return };
    let bytes = chunk(body);
    let Ok(checked) = precheck(&bytes, &Limits::default()) else { return };
    if let Ok(decoded) = decode(&checked) {
        check_admitted(usize::from(*who), Seq(u64::from(*base)), &bytes, &decoded);
    }
});
