//! An honest page: a session over a real websocket, as the web application runs it.

use std::sync::Arc;
use std::time::Instant;

use domain::{ActorId, PlanId, Schema, TimestampMs};
use futures_util::{SinkExt, StreamExt};
use session::{Config, Output, Session};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Browser, PATIENCE};
use crate::socket::{Socket, connect};

/// A plan that is open in a browser.
pub(crate) struct Page {
    pub(crate) session: Session,
    socket: Socket,
    began: Instant,
    due: Option<TimestampMs>,
}

impl Page {
    /// Opens a plan; everything of it is there when this returns, or the server has ended it.
    pub(crate) async fn open(browser: &Browser<'_>, plan: PlanId, number: u8) -> Self {
        let socket = connect(browser.server, plan, &[("cookie", &browser.cookie)])
            .await
            .expect("upgraded, if only to be told");
        let config = Config {
            plan,
            actor: ActorId([number; 16]),
            schema: Arc::new(Schema::standard()),
            seed: u64::from(number),
            entropy: [number; 32],
        };
        let mut page = Self {
            session: Session::new(config),
            socket,
            began: Instant::now(),
            due: None,
        };
        let now = page.now();
        page.session.handle_connected(now);
        page.until(|session| session.replica().is_some() && session.standing().is_some() || has_ended(session))
            .await;
        page
    }

    pub(crate) fn now(&self) -> TimestampMs {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).expect("tests are short");
        TimestampMs(1_795_305_600_000 + elapsed)
    }

    /// Runs the page until something is so.
    pub(crate) async fn until(&mut self, is_so: impl Fn(&Session) -> bool) {
        let so = async {
            loop {
                self.send().await;
                if is_so(&self.session) {
                    return;
                }
                self.hear().await;
            }
        };
        timeout(PATIENCE, so).await.expect("it comes to be so");
    }

    /// Until all edits are saved or refused.
    pub(crate) async fn settled(&mut self) {
        self.until(|session| session.unsaved() == 0 || has_ended(session)).await;
    }

    async fn send(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send(bytes) => {
                    // A socket that the server has closed says so when it is read.
                    let _ = self.socket.send(Message::Binary(bytes)).await;
                }
                Output::Timeout(at) => self.due = Some(at),
                Output::Connect | Output::Disconnect | Output::Event(_) => {}
            }
        }
    }

    async fn hear(&mut self) {
        let now = self.now();
        let rest = self.due.map_or(PATIENCE.as_millis(), |due| {
            u128::try_from(due.0.saturating_sub(now.0)).unwrap_or(0)
        });
        let rest = std::time::Duration::from_millis(u64::try_from(rest).unwrap_or(u64::MAX));
        let heard = timeout(rest, self.socket.next()).await;
        let now = self.now();
        match heard {
            Ok(Some(Ok(Message::Binary(bytes)))) => self.session.handle_frame(now, &bytes),
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_)) | None) => self.session.handle_disconnected(now),
            Err(_) => {
                self.due = None;
                self.session.handle_timeout(now);
            }
        }
    }
}

/// The server has ended it for good.
pub(crate) fn has_ended(session: &Session) -> bool {
    matches!(session.connection(), session::Connection::Ended(_))
}
