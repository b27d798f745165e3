//! File handles: a connection takes one each, and the journal must never go without.

/// Handles that connections leave to the rest: the journal's segments, snapshots that are being sent, the cache.
const RESERVED: u64 = 512;

/// How many of the wanted connections there may be, with as many file handles as the system gives to this process.
pub fn connections_that_fit(wanted: usize) -> usize {
    let Some(handles) = raise_limit() else { return wanted };
    let fit = connections_for(handles).min(wanted);
    if fit < wanted {
        tracing::info!(
            fit,
            wanted,
            handles,
            "fewer connections are taken: file handles are few"
        );
    }
    fit
}

/// Websockets are counted apart from other connections, so each may be open so many times.
fn connections_for(handles: u64) -> usize {
    let free = handles - RESERVED.min(handles / 2);
    usize::try_from(free / 2).unwrap_or(usize::MAX).max(1)
}

/// Asks for as many handles as there can be. None: there is no limit that could be known.
#[cfg(unix)]
fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    // Refused: then it stays as it is.
    if current != maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        return maximum;
    }
    current
}

#[cfg(not(unix))]
const fn raise_limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_handles_for_the_journal() {
        for (handles, connections) in [(0, 1), (100, 25), (1_024, 256), (20_512, 10_000)] {
            assert_eq!(connections_for(handles), connections, "{handles} handles");
        }
    }
}
