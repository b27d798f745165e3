//! What the journal keeps of a secret, and how it is spelled where people and programs name what it opens.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// BLAKE3 of a secret (a sign-in link, a session cookie, an API token): the journal never holds the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretDigest(pub [u8; 32]);

impl fmt::Display for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not the spelling of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no digest: expected 64 hexadecimal digits in lower case")]
pub struct DigestError;

impl FromStr for SecretDigest {
    type Err = DigestError;

    /// Reads what [`fmt::Display`] writes, and no other spelling.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(DigestError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

const fn value(digit: u8) -> Result<u8, DigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(DigestError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_from_its_one_spelling() {
        let digest = SecretDigest(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or_default()));
        let text = digest.to_string();
        assert_eq!((text.len(), text.parse()), (64, Ok(digest)));
        for other in [
            "",
            "00",
            &text.to_uppercase(),
            &format!("{text}00"),
            &"\u{e4}".repeat(32),
        ] {
            assert_eq!(other.parse::<SecretDigest>(), Err(DigestError), "{other}");
        }
    }
}
