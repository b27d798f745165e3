//! The real program on a disk that fills up: a small one in memory, mounted for the server's process alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use domain::{ActorId, Cell, PersonId, Scalar, SectionId, Seq, TimestampMs, WorkspaceEvent};
use hyper::StatusCode;
use journal::{Options, SegmentJournal};
use plan::{Edit, Replica};
use protocol::{Body, Bye, ClientFrame, Entry, Reason, ServerFrame, Submitted, encode_entry};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{PATIENCE, Place, append_to_workspace, ask_at, item, plan_of};
use crate::program::{Process, command, interlock, text};
use crate::socket::{Socket, hear, say, welcomed};

const NOW: TimestampMs = TimestampMs(1_795_305_600_000);
/// The disk: one segment of the journal fits beside the ballast, two do not.
const DISK_MIB: u32 = 176;
const BALLAST_MIB: u32 = 80;
/// Cells of one change, with some 600 bytes each: few changes fill what is left of the segment.
const CELLS: u128 = 400;
/// Entries that fill the segment of 64 MiB before the server starts, but for about a megabyte.
const FILL_ENTRIES: u8 = 66;
const FILL_BYTES: usize = 1_000_000;
/// A page sends again what the server could not take after some seconds; this test is less patient.
const RETRY: Duration = Duration::from_millis(200);
/// More changes than fit into what is left.
const CHANGES_MAX: usize = 20;

/// What was sent to a server, and what it said.
enum Said {
    Saved,
    Full(String),
    /// The room is built anew.
    Gone,
}

async fn submit(socket: &mut Socket, change: &Submitted) -> Said {
    say(socket, &ClientFrame::Submit(vec![change.clone()])).await;
    loop {
        match hear(socket).await {
            Some(ServerFrame::Ack(_)) => return Said::Saved,
            Some(ServerFrame::Reject(rejected)) => match rejected.reason {
                Reason::Unavailable(why) => return Said::Full(why),
                other => panic!("refused for good: {other}"),
            },
            Some(ServerFrame::Bye(Bye::Fault)) | None => return Said::Gone,
            Some(ServerFrame::Bye(bye)) => panic!("{bye}"),
            Some(_) => {}
        }
    }
}

/// Large changes, each after the other.
struct Writer {
    replica: Replica,
    made: usize,
}

impl Writer {
    fn new() -> Self {
        Self {
            replica: Replica::new(ActorId([5; 16])),
            made: 0,
        }
    }

    fn next(&mut self) -> Submitted {
        let section = SectionId::Actions;
        let mut edits = Vec::new();
        for n in 1..=CELLS {
            if self.made == 0 {
                edits.push(Edit::MakeItem {
                    section,
                    item: item(n),
                    fields: vec![],
                });
            }
            edits.push(Edit::Put {
                cell: Cell::field(section, item(n), "title"),
                value: Scalar::from(format!("{:\u{20ac}>190}", self.made).as_str()),
            });
        }
        self.made += 1;
        let own = self
            .replica
            .edit(NOW, &edits)
            .expect("good edits")
            .expect("they change something");
        Submitted {
            base: Seq(1),
            bytes: own.bytes,
        }
    }
}

/// Fills a data folder's journal with entries that say nothing: a person who is not there has another name.
async fn fill(data: &Path) {
    let dir = data.join("journal");
    let journal = SegmentJournal::open(&dir, Options::default()).expect("a new journal opens");
    for n in 0..FILL_ENTRIES {
        let event = WorkspaceEvent::PersonRenamed {
            person: PersonId(Uuid::from_u128(77)),
            name: "x".repeat(FILL_BYTES),
        };
        let entry = Entry {
            epoch: 0,
            author: PersonId::SERVER,
            body: Body::Workspace(event),
        };
        append_to_workspace(&journal, n, encode_entry(&entry)).await;
    }
    journal.close().await;
    // Made ahead of its time, and empty.
    std::fs::remove_file(dir.join("0000000002.segment")).expect("it was made at half of the first");
}

/// A server on a small disk of its own, which begins with this data folder; None where this system mounts nothing for a test.
fn start(disk: &Path, data: &Path) -> Option<Process> {
    let apart = ["--user", "--map-root-user", "--mount"];
    let works = Command::new("unshare")
        .args(apart)
        .args(["mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    if !works.is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: this system does not let a test mount a disk");
        return None;
    }
    let script = format!(
        "mount -t tmpfs -o size={DISK_MIB}m none \"$0\" && cp -r \"$1\" \"$0/data\" && \
         head -c {BALLAST_MIB}M /dev/zero > \"$0/ballast\" && shift && exec \"$@\""
    );
    let server = command(&["serve", "--listen", "127.0.0.1:0"], &disk.join("data"));
    let mut apart = {
        let mut command = Command::new("unshare");
        command.args(apart).args(["sh", "-c", &script]).arg(disk).arg(data);
        command
    };
    apart.arg(server.get_program()).args(server.get_args());
    Some(Process::run(apart))
}

/// The server's disk, as seen from here.
fn seen(server: &Process, disk: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", server.pid()));
    root.join(disk.strip_prefix("/").expect("an absolute path"))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_edits_until_there_is_space_and_loses_none() {
    let place = Place::new();
    fill(&place.data()).await;
    let disk = place.data().with_file_name("disk");
    std::fs::create_dir_all(&disk).expect("the test makes its folder");
    let Some(server) = start(&disk, &place.data()) else {
        return;
    };
    let disk = seen(&server, &disk);
    let data = disk.join("data");
    let link = interlock(&["link", "ada@example.com"], &data);
    assert!(link.status.success(), "{}", text(&link.stderr));
    let token = interlock(&["token", "create", "test", "--as", "ada@example.com"], &data);
    let token = text(&token.stdout);
    let ask = async |method: &str, path: &str, body: Value| ask_at(&server.address, method, path, &token, &body).await;
    let plan = plan_of(&ask("POST", "/api/v1/plans", json!({ "name": "Full" })).await);

    let mut writer = Writer::new();
    let mut socket = welcomed(&server.address, &token, plan).await;
    let (waits, why) = loop {
        let change = writer.next();
        assert!(writer.made < CHANGES_MAX, "a small disk takes no end of changes");
        match submit(&mut socket, &change).await {
            Said::Saved => {}
            Said::Full(why) => break (change, why),
            Said::Gone => {
                socket = welcomed(&server.address, &token, plan).await;
                match submit(&mut socket, &change).await {
                    Said::Full(why) => break (change, why),
                    Said::Saved | Said::Gone => panic!("an edit that failed is refused with the reason"),
                }
            }
        }
    };
    assert!(why.contains("no space left"), "{why}");
    let saved = writer.made - 1;
    let ready = ask("GET", "/readyz", json!({})).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        String::from_utf8_lossy(&ready.body).contains("the disk is full"),
        "{ready:?}"
    );
    let plans = ask("GET", "/api/v1/plans", json!({})).await;
    assert_eq!(plans.status, StatusCode::OK, "reading goes on");

    std::fs::remove_file(disk.join("ballast")).expect("the ballast is there");
    let again = async {
        loop {
            match submit(&mut socket, &waits).await {
                Said::Saved => return,
                Said::Full(_) => tokio::time::sleep(RETRY).await,
                Said::Gone => socket = welcomed(&server.address, &token, plan).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("there is space again");
    assert_eq!(ask("GET", "/readyz", json!({})).await.status, StatusCode::OK);
    let verified = interlock(&["verify"], &data);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    let dump = interlock(&["dump", "--plan", &plan.to_string()], &data);
    // The plan's first entry, all that were saved, and the one that waited.
    assert_eq!(text(&dump.stdout).lines().count(), 1 + saved + 1);
    let log = server.kill();
    assert!(log.contains("no space for a new segment"), "{log}");
}
