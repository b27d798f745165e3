//! The key that checkpoints are signed with: 32 random bytes in a file of their own that only its owner can read.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, VerifyingKey};

use super::{CheckpointError, KEY_FILE};
use crate::app::make_private_folder;
use crate::secret::random_bytes;

/// Length of a signature.
pub(super) const SIGNATURE_BYTES: usize = ed25519_dalek::SIGNATURE_LENGTH;
/// Stands before a public key's text: says what it is.
const PREFIX: &str = "ed25519:";

/// An Ed25519 public key. Its text is `ed25519:` and 43 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// A text that is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no public key: one is 'ed25519:' and 43 characters, as interlock public-key prints it")]
pub struct BadPublicKey(String);

impl PublicKey {
    /// Whether this key has signed these bytes. Strict: a signature has one form, and a weak key signs nothing.
    pub(super) fn verifies(&self, bytes: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let key = VerifyingKey::from_bytes(&self.0);
        key.is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for PublicKey {
    type Err = BadPublicKey;

    fn from_str(text: &str) -> Result<Self, BadPublicKey> {
        let decoded = text.trim().strip_prefix(PREFIX).map(|key| URL_SAFE_NO_PAD.decode(key));
        let key = decoded.and_then(Result::ok).and_then(|bytes| bytes.try_into().ok());
        let key = key.filter(|key| VerifyingKey::from_bytes(key).is_ok_and(|key| !key.is_weak()));
        key.map(Self).ok_or_else(|| BadPublicKey(text.to_owned()))
    }
}

/// The key that signs. It is forgotten by overwriting.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of {}", self.public())
    }
}

impl SigningKey {
    /// From its 32 bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(bytes).to_bytes()
    }

    /// The key in a folder; made if there is none.
    pub fn of_folder(dir: &Path) -> Result<Self, CheckpointError> {
        let path = dir.join(KEY_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => read(&text).ok_or(CheckpointError::BadKey(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(dir).map_err(CheckpointError::io(format!("cannot make the key {}", path.display())))
            }
            Err(error) => Err(CheckpointError::io(format!("cannot read the key {}", path.display()))(
                error,
            )),
        }
    }
}

fn read(text: &str) -> Option<SigningKey> {
    let seed = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
    seed.try_into().ok().map(SigningKey::from_seed)
}

/// Makes a key, durable before it is used: what a lost key has signed could not be continued.
fn make(dir: &Path) -> io::Result<SigningKey> {
    make_private_folder(dir)?;
    let seed: [u8; 32] = random_bytes();
    let new = dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&new)?;
    file.write_all(format!("{}\n", URL_SAFE_NO_PAD.encode(seed)).as_bytes())?;
    file.sync_all()?;
    // A link, not a rename: whoever made one meanwhile has the older right.
    let linked = fs::hard_link(&new, dir.join(KEY_FILE));
    fs::remove_file(&new)?;
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(dir.join(KEY_FILE))?;
            return read(&text).ok_or_else(|| io::Error::other("it holds no key"));
        }
        Err(error) => return Err(error),
    }
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(SigningKey::from_seed(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let dir = dir.path().join("checkpoints");
        let first = SigningKey::of_folder(&dir).expect("it is made");
        let second = SigningKey::of_folder(&dir).expect("it is read");
        assert_eq!(first.public(), second.public());
        let files: Vec<_> = fs::read_dir(&dir).expect("it is there").collect();
        assert_eq!(files.len(), 1, "nothing else is left: {files:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
            assert_eq!((mode(&dir), mode(&dir.join(KEY_FILE))), (0o700, 0o600));
        }
        fs::write(dir.join(KEY_FILE), "no key\n").expect("the test can write it");
        assert!(matches!(SigningKey::of_folder(&dir), Err(CheckpointError::BadKey(_))));
    }

    #[test]
    fn a_public_keys_text_reads_back_and_nothing_else_does() {
        let key = SigningKey::from_seed([3; 32]).public();
        assert_eq!(key.to_string().parse(), Ok(key));
        // The point of order one: everything would be signed by it.
        let weak = PublicKey([
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        for text in ["", "ed25519:", "ed25519:AAAA", &key.to_string()[8..], &weak.to_string()] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }
}
