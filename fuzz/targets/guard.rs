//! Well-formed lies, offered to a small plan: refused, or harmless.
#![no_main]

use interlock_fuzz::{Source, check_admitted, lie};
use libfuzzer_sys::fuzz_target;
use plan::{Limits, decode, encode, precheck};

fuzz_target!(|bytes: &[u8]| {
    let (person, base, content) = lie(&mut Source(bytes));
    let (bytes, _) = encode(&content);
    let Ok(checked) = precheck(&bytes, &Limits::default()) else { return };
    if let Ok(decoded) = decode(&checked) {
        check_admitted(person, base, &bytes, &decoded);
    }
});
