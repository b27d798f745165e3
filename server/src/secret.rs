//! Secrets: made from the system's randomness, handed out once, kept only as digests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::event::SecretDigest;

/// Entropy of every secret, in bytes.
const SECRET_BYTES: usize = 32;

/// A new secret as text, and its digest.
pub fn new_secret() -> (String, SecretDigest) {
    let text = URL_SAFE_NO_PAD.encode(random_bytes::<SECRET_BYTES>());
    let digest = digest(&text);
    (text, digest)
}

/// What the journal keeps of a secret.
pub fn digest(secret: &str) -> SecretDigest {
    SecretDigest(*blake3::hash(secret.as_bytes()).as_bytes())
}

/// Bytes from the system's randomness.
///
/// # Panics
/// When the system has none: nothing here could be kept secret then.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives randomness: without it no secret could be made");
    bytes
}

/// A new random UUIDv7, with the given time in it.
pub fn new_uuid(now: domain::TimestampMs) -> uuid::Uuid {
    let millis = u64::try_from(now.0).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes()).into_uuid()
}
