//! How a receiver knows that a request is from here, and new: HMAC-SHA256 over the time and the body.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header.
pub const HEADER: &str = "interlock-signature";

/// `t=SECONDS,v1=HEX`: the HMAC-SHA256 of `SECONDS.BODY` under the webhook's secret. A receiver computes the same, compares
/// in constant time, and refuses what is older than five minutes.
///
/// # Panics
///
/// Never: an HMAC takes a secret of any length.
pub fn sign(secret: &str, at_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(at_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let mut text = format!("t={at_s},v1=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256_over_time_and_body() {
        let signed = sign("Jefe", 1_795_305_600, b"{}");
        assert_eq!(signed.len(), "t=1795305600,v1=".len() + 64);
        assert_ne!(signed, sign("Jefe", 1_795_305_601, b"{}"));
        assert_ne!(signed, sign("jefe", 1_795_305_600, b"{}"));
        assert_ne!(signed, sign("Jefe", 1_795_305_600, b"{ }"));
        assert_eq!(sign("key", 1, b"x"), format!("t=1,v1={KEY_1_X}"));
    }

    /// `printf 1.x | openssl dgst -sha256 -hmac key`
    const KEY_1_X: &str = "fc4913c41a7bf793267e2a384f3261c9436ec2cd097bd745e7b0d99113f510ec";
}
