//! The string that stands in a document in place of words.
//!
//! It is `sealed:2:` and base64url of the key's generation, a nonce and XChaCha20-Poly1305's ciphertext, with the cell's path
//! as associated data: it opens nowhere but in its own cell. The words are padded, because the length of a choice would tell
//! which one it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::seal::{ItemKey, Key, SEALED_PREFIX, SEALED_PREFIX_1, is_sealed};
use domain::{ActorId, Cell, Scalar, TimestampMs};
use sha2::{Digest, Sha256};

/// Words are padded to a multiple of so many bytes.
const PAD_BYTES: usize = 32;
/// Bytes of a key's generation.
const GENERATION_BYTES: usize = 4;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;
/// Longest sealed value that is looked into, in bytes: a paragraph of 2,000 characters takes 11,000.
pub(super) const SEALED_BYTES_MAX: usize = 16 * 1024;

/// What tells one seal from the next, so that a nonce is never used for other words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Salt {
    pub(crate) actor: ActorId,
    pub(crate) at: TimestampMs,
    /// The place in the change.
    pub(crate) number: usize,
}

/// Whether a value is a sealed one.
pub(super) fn has_prefix(value: &Scalar) -> bool {
    value.as_str().is_some_and(is_sealed)
}

/// Words, sealed with a key for a cell.
pub(super) fn sealed(ItemKey { generation, key, .. }: &ItemKey, cell: &Cell, words: &Scalar, salt: Salt) -> Scalar {
    let (path, words) = (cell.to_string(), padded(words));
    let nonce = nonce(key, &path, &words, salt);
    let payload = Payload {
        msg: &words,
        aad: path.as_bytes(),
    };
    let closed = XChaCha20Poly1305::new(&key.0.into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a value is far shorter than the cipher's limit");
    let bytes = [&generation.to_be_bytes()[..], &nonce, &closed].concat();
    Scalar::Str(format!("{SEALED_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A number that is used for these words only. Not drawn, because a core has no randomness of its own: a keyed hash that
/// nobody without the key can tell from a drawn one.
fn nonce(key: &Key, path: &str, words: &[u8], salt: Salt) -> [u8; NONCE_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"interlock seal nonce 1");
    hash.update(key.0);
    hash.update(salt.actor.0);
    hash.update(salt.at.0.to_be_bytes());
    hash.update((salt.number as u64).to_be_bytes());
    hash.update((path.len() as u64).to_be_bytes());
    hash.update(path.as_bytes());
    hash.update(words);
    let hash: [u8; 32] = hash.finalize().into();
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&hash[..NONCE_BYTES]);
    nonce
}

/// A sealed value, taken apart.
pub(super) struct Sealed {
    pub(super) generation: u32,
    nonce: [u8; NONCE_BYTES],
    closed: Vec<u8>,
}

impl Sealed {
    /// None: it is not one.
    pub(super) fn read(value: &Scalar) -> Option<Self> {
        let text = value.as_str()?;
        let (text, has_generation) = match text.strip_prefix(SEALED_PREFIX) {
            Some(text) => (text, true),
            None => (text.strip_prefix(SEALED_PREFIX_1)?, false),
        };
        if text.len() > SEALED_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (generation, rest) = bytes.split_at_checked(if has_generation { GENERATION_BYTES } else { 0 })?;
        let (nonce, closed) = rest.split_at_checked(NONCE_BYTES)?;
        Some(Self {
            generation: generation.try_into().map_or(0, u32::from_be_bytes),
            nonce: nonce.try_into().ok()?,
            closed: closed.to_vec(),
        })
    }

    /// The words; None: sealed with another key or for another cell, or damaged.
    pub(super) fn open(&self, key: &Key, cell: &Cell) -> Option<Scalar> {
        let path = cell.to_string();
        let payload = Payload {
            msg: &self.closed,
            aad: path.as_bytes(),
        };
        let opened = XChaCha20Poly1305::new(&key.0.into())
            .decrypt(&XNonce::from(self.nonce), payload)
            .ok()?;
        read_padded(&opened)
    }
}

/// A letter for the kind, the value, an end mark, zeros.
fn padded(words: &Scalar) -> Vec<u8> {
    let mut bytes = match words {
        Scalar::Str(text) => [b"s", text.as_bytes()].concat(),
        Scalar::Int(number) => format!("i{number}").into_bytes(),
        Scalar::Bool(yes) => format!("b{}", u8::from(*yes)).into_bytes(),
    };
    bytes.push(1);
    bytes.resize(bytes.len().next_multiple_of(PAD_BYTES), 0);
    bytes
}

fn read_padded(bytes: &[u8]) -> Option<Scalar> {
    let end = bytes.iter().rposition(|byte| *byte != 0)?;
    let (kind, words) = bytes[..end].split_first()?;
    let words = std::str::from_utf8(words).ok().filter(|_| bytes[end] == 1)?;
    match (kind, words) {
        (b's', text) => Some(Scalar::Str(text.to_owned())),
        (b'i', number) => number.parse().ok().map(Scalar::Int),
        (b'b', "0") => Some(Scalar::Bool(false)),
        (b'b', "1") => Some(Scalar::Bool(true)),
        _ => None,
    }
}
