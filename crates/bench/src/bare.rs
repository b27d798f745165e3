//! The bare sender: a process of its own with as many loopback sockets, which writes the frames of a recorded run at the
//! same moments to the same receivers, and does nothing else. Its processor time per write is the least a server can do.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::crowd::{Known, on_frame};
use crate::process::Process;
use crate::wire::Wire;

const LISTENING: &str = "listening on ";
const DONE: &str = "done";

/// One frame of a run, and who got it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    /// When the first receiver had it, from the run's beginning.
    pub(crate) at: Duration,
    /// As it was on the wire.
    pub(crate) bytes: Bytes,
    /// The receivers' numbers.
    pub(crate) to: Vec<usize>,
}

/// What the sender process is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The file with the recorded frames.
    recording: PathBuf,
    /// How many receivers come.
    receivers: usize,
}

/// The sender process: waits for its receivers and for a line on its standard input, writes, says that it is done, and
/// waits for the input's end.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let frames: Vec<Written> = postcard::from_bytes(&std::fs::read(&options.recording)?)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{LISTENING}{}", listener.local_addr()?);
    let mut sockets: Vec<Option<TcpStream>> = Vec::new();
    sockets.resize_with(options.receivers, || None);
    for _ in 0..options.receivers {
        let (mut socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        let mut number = [0; 4];
        socket.read_exact(&mut number)?;
        let slot = sockets.get_mut(usize::try_from(u32::from_be_bytes(number))?);
        *slot.context("a receiver with an unknown number")? = Some(socket);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    write(&frames, &mut sockets)?;
    println!("{DONE}");
    line.clear();
    std::io::stdin().read_line(&mut line)?;
    Ok(true)
}

fn write(frames: &[Written], sockets: &mut [Option<TcpStream>]) -> anyhow::Result<()> {
    let begin = Instant::now();
    for frame in frames {
        if let Some(rest) = frame.at.checked_sub(begin.elapsed()) {
            // The frame's moment in what was recorded: the schedule is part of what is compared.
            std::thread::sleep(rest);
        }
        for number in &frame.to {
            let socket = sockets.get_mut(*number).and_then(Option::as_mut);
            socket.context("a frame for nobody")?.write_all(&frame.bytes)?;
        }
    }
    Ok(())
}

/// A sender process, seen from outside; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Sender {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Sender {
    /// Starts one with these frames.
    pub(crate) fn start(folder: &Path, frames: &[Written], receivers: usize) -> anyhow::Result<Self> {
        let path = folder.join("recording");
        File::create(&path)?.write_all(&postcard::to_stdvec(frames)?)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare-sender").arg(&path).arg(receivers.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("the input is a pipe")?;
        let output = child.stdout.take().context("the output is a pipe")?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix(LISTENING)
            .context("the bare sender did not start")?;
        let address = address.parse()?;
        Ok(Self {
            child,
            input,
            output,
            address,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id())
    }

    /// The receivers are there: write.
    pub(crate) fn go(&mut self) -> anyhow::Result<()> {
        writeln!(self.input)?;
        Ok(())
    }

    /// Waits until it has written all; it is still there afterwards.
    pub(crate) fn wait_until_done(&mut self) -> anyhow::Result<()> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(line.trim() == DONE, "the bare sender ended too early");
        Ok(())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.child.kill(); // an error means that it has ended already
        let _ = self.child.wait();
    }
}

/// What the bare sender has used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    pub(crate) writes: usize,
}

/// Has the frames written once more by a bare sender, to receivers as those of the run. Must run inside a `LocalSet`.
pub(crate) async fn replay(folder: &Path, frames: &[Written], receivers: usize) -> anyhow::Result<Used> {
    let mut sender = Sender::start(folder, frames, receivers)?;
    let known = Rc::new(RefCell::new(Known::new(receivers)));
    let mut tasks = Vec::new();
    for number in 0..receivers {
        let mut wire = Wire::connect(sender.address()).await?;
        wire.hand().write(&u32::try_from(number)?.to_be_bytes()).await?;
        let known = Rc::clone(&known);
        tasks.push(tokio::task::spawn_local(async move {
            while let Ok(Some(frame)) = wire.next().await {
                if on_frame(&mut known.borrow_mut(), number, &frame).is_err() {
                    return;
                }
            }
        }));
    }
    let process = sender.process();
    let before = process.cpu()?;
    sender.go()?;
    // Waiting for its word would hold up the receivers.
    let sender = tokio::task::spawn_blocking(move || sender.wait_until_done().map(|()| sender)).await??;
    let cpu = process.cpu()?.saturating_sub(before);
    drop(sender);
    for task in tasks {
        task.await?;
    }
    let writes = frames.iter().map(|frame| frame.to.len()).sum();
    let arrived = known.borrow_mut().take_counts().entries_frames;
    ensure!(arrived == writes, "{writes} bare writes, and {arrived} arrived");
    Ok(Used { cpu, writes })
}
