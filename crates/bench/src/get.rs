//! A plain GET: a process that reads a file and writes it after an HTTP head, and does nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::wire::Wire;

const LISTENING: &str = "listening on ";

/// What the process is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The file that it serves.
    file: PathBuf,
}

/// The process: one answer for each connection, until it is killed.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{LISTENING}{}", listener.local_addr()?);
    loop {
        let (mut socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        let mut lines = BufReader::new(socket.try_clone()?).lines();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let bytes = std::fs::read(&options.file)?;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
        socket.write_all(head.as_bytes())?;
        socket.write_all(&bytes)?;
    }
}

/// The process, seen from outside; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Plain {
    child: Child,
    address: SocketAddr,
    bytes: u64,
}

impl Plain {
    /// Starts one that serves so many bytes.
    pub(crate) fn start(folder: &Path, bytes: u64) -> anyhow::Result<Self> {
        let path = folder.join("plain");
        std::fs::write(&path, vec![7; usize::try_from(bytes)?])?;
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("bare-get").arg(&path).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the output is a pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix(LISTENING)
            .context("the plain server did not start")?;
        let address = address.parse()?;
        Ok(Self { child, address, bytes })
    }

    /// From before the connection to the first byte of the content, and to the last.
    pub(crate) async fn get(&self) -> anyhow::Result<(Duration, Duration)> {
        let begin = Instant::now();
        let mut wire = Wire::connect(self.address).await?;
        wire.hand().write(b"GET / HTTP/1.1\r\nHost: plain\r\n\r\n").await?;
        wire.head().await?;
        wire.first_byte().await?;
        let first = begin.elapsed();
        wire.skip(self.bytes).await?;
        Ok((first, begin.elapsed()))
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.child.kill(); // an error means that it has ended already
        let _ = self.child.wait();
    }
}
