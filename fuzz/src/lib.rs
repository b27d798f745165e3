//! What the fuzz targets share: a small plan to lie to, the oracle, and lies made of bytes.

mod lies;
mod oracle;
mod plan_of_three;

pub use lies::{Source, lie};
pub use oracle::check_admitted;
pub use plan_of_three::{PEOPLE, PlanOfThree, plan_of_three};

use sha2::{Digest, Sha256};

/// A change chunk with this body and the right checksum: a fuzzer does not find checksums.
pub fn chunk(body: &[u8]) -> Vec<u8> {
    const CHANGE: u8 = 1;
    let mut hashed = vec![CHANGE];
    let mut length = body.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            hashed.push(low);
            break;
        }
        hashed.push(low | 0x80);
    }
    hashed.extend_from_slice(body);
    let checksum = Sha256::digest(&hashed);
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
    bytes.extend_from_slice(&checksum[..4]);
    bytes.extend_from_slice(&hashed);
    bytes
}

/// What follows the header of a chunk.
pub fn body(chunk: &[u8]) -> &[u8] {
    let after = chunk.get(9..).unwrap_or_default();
    let length = after.iter().position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
    &after[length..]
}
