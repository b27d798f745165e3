//! How a command that failed ends: what happened, what to do, and a code that tells a supervisor whether to try again.

use std::io;
use std::process::ExitCode;

use journal::OpenError;

use crate::config::WrongSettings;
use crate::directory::DirectoryError;

/// Ends a command whose data folder cannot be used as it is: to start again changes nothing.
const NEEDS_A_PERSON: u8 = 3;
/// Ends a command with wrong flags or settings, as clap does.
const WRONG_USAGE: u8 = 2;

/// Says on standard error what went wrong and what to do.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("interlock: {}", told(error));
    let advised = error.chain().any(says_what_to_do);
    let advice = error.chain().find_map(|cause| advice(cause.downcast_ref()?));
    if let Some(advice) = advice.filter(|_| !advised) {
        eprintln!("interlock: {advice}");
    }
    if error.is::<WrongSettings>() {
        ExitCode::from(WRONG_USAGE)
    } else if error.chain().any(needs_a_person) {
        ExitCode::from(NEEDS_A_PERSON)
    } else {
        ExitCode::FAILURE
    }
}

/// The chain of causes, without those that the one before has told already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The journal's own words are nearer than what the system's error alone allows to say.
fn says_what_to_do(cause: &(dyn std::error::Error + 'static)) -> bool {
    let journal = cause.downcast_ref::<OpenError>();
    journal.is_some_and(|error| matches!(error, OpenError::Forbidden { .. } | OpenError::Full { .. }))
}

fn needs_a_person(cause: &(dyn std::error::Error + 'static)) -> bool {
    let journal = cause.downcast_ref::<OpenError>();
    let stream = cause.downcast_ref::<DirectoryError>();
    let system = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    // A file stands where the folder should be.
    matches!(
        system,
        Some(io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists)
    ) || journal.is_some_and(|error| matches!(error, OpenError::Damaged(_) | OpenError::NewerFormat { .. }))
        || stream.is_some_and(|error| matches!(error, DirectoryError::Damaged(_)))
}

/// What to do about an error of the system.
fn advice(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: stop it, or choose another port with --listen",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: choose one that it has with --listen",
        io::ErrorKind::PermissionDenied => {
            "this user may not do that: give them the right, or choose another folder with --data (or a port above 1023 \
             with --listen)"
        }
        io::ErrorKind::ReadOnlyFilesystem => "nothing can be written there: choose another folder with --data",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands where a folder should be: choose another folder with --data"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: make space, 64 MiB at least; nothing that was saved is lost"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let io = io::Error::from(io::ErrorKind::AddrInUse);
        let said = io.to_string();
        let error = Err::<(), _>(io).context("cannot listen on 127.0.0.1:1");
        let error = error.expect_err("it is one");
        assert_eq!(told(&error), format!("cannot listen on 127.0.0.1:1: {said}"));
        let open = OpenError::Io {
            what: "making the folder x".to_owned(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        };
        let once = open.to_string();
        assert_eq!(told(&anyhow::Error::from(open)), once);
    }
}
