//! A server that is asked to stop does, whoever still listens to what it says.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::binaries::binary;
use e2e::signals;

/// How long a graceful stop may take on a loaded machine.
const STOP_LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_server_whose_log_nobody_reads_stops_when_asked() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Command::new(binary("interlock"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(server.stdout.take().expect("it is piped")).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    drop(server.stderr.take());
    drop(lines);
    let status = signals::terminate(&mut server, STOP_LIMIT)?;
    anyhow::ensure!(first.starts_with("listening on "), "it said: {first}");
    anyhow::ensure!(status.success(), "{status}");
    Ok(())
}
