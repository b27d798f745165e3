//! The address that an operator gave for checkpoints: each is sent there as the body of a POST.

use bytes::Bytes;
use domain::PersonId;
use hyper::Uri;
use workspace::Command;

use super::publish::Sender;
use crate::directory::Directory;
use crate::webhooks::{self, Allowed};

/// Sends checkpoints to an address, and notes in the workspace's stream which it has.
pub struct Webhook {
    url: Uri,
    sender: webhooks::Sender,
    directory: Directory,
}

impl Webhook {
    /// To an address that was checked with the settings. It may be an inside one: who writes the settings is inside.
    pub fn new(url: Uri, directory: Directory) -> Self {
        Self {
            url,
            sender: webhooks::Sender::new(Allowed { inside: true }, &[]),
            directory,
        }
    }
}

impl Sender for Webhook {
    async fn send(&self, line: Bytes) -> Result<(), String> {
        let sent = self.sender.post(&self.url.to_string(), &[], line).await;
        sent.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn sent(&self, number: u64, hash: [u8; 32]) {
        let to = self.url.host().unwrap_or_default().to_owned();
        let note = Command::NoteCheckpoint { number, hash, to };
        if let Err(error) = self.directory.run(PersonId::SERVER, note).await {
            tracing::warn!(number, %error, "that a checkpoint was published could not be noted");
        }
    }
}
