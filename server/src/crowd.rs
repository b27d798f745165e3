//! Who holds a place without asking for anything, once there are no more places.
//!
//! A connection may stand idle for a while: a browser's next request comes over it. But as many silent ones as there are
//! places would keep everybody out for as long as that, without an account. So while all places are taken, whoever asks
//! for nothing makes way within [`CROWDED_TIME`]: who has not yet sent a whole head, and who has had all of the answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// How long a connection may be without a request while others wait for a place. A head comes in one piece.
const CROWDED_TIME: Duration = Duration::from_secs(2);

/// Whether a connection is asking for something just now.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Since when it is not; nothing: it is.
    idle_since: Arc<Mutex<Option<Instant>>>,
}

/// While it is there, a request is being answered.
#[derive(Debug)]
pub struct Asked(Attention);

/// An answer's body, until whose end the request is being answered.
#[derive(Debug)]
pub struct Answer<B> {
    body: B,
    _asked: Asked,
}

impl Attention {
    /// Of a connection that begins.
    pub fn new() -> Self {
        Self {
            idle_since: Arc::new(Mutex::new(Some(Instant::now()))),
        }
    }

    /// A request's head has come.
    pub fn asked(&self) -> Asked {
        *self.idle_since() = None;
        Asked(self.clone())
    }

    /// The other side has taken something of what was written.
    pub fn took(&self) {
        if let Some(since) = self.idle_since().as_mut() {
            *since = Instant::now();
        }
    }

    /// Returns when the connection is in the way of others.
    pub async fn is_in_the_way(&self, mut crowded: watch::Receiver<bool>) {
        loop {
            if crowded.wait_for(|crowded| *crowded).await.is_err() {
                // Nobody accepts connections any more.
                return std::future::pending().await;
            }
            let idle = self.idle_since().map(|since| since.elapsed());
            match idle {
                Some(idle) if idle >= CROWDED_TIME => return,
                idle => sleep(CROWDED_TIME.saturating_sub(idle.unwrap_or_default())).await,
            }
        }
    }

    fn idle_since(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing that can panic runs under this lock.
        self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Attention {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        *self.0.idle_since() = Some(Instant::now());
    }
}

impl<B> Answer<B> {
    /// The body of the answer to what was asked.
    pub const fn new(body: B, asked: Asked) -> Self {
        Self { body, _asked: asked }
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a connection makes way within so much time.
    async fn makes_way(attention: &Attention, crowded: &watch::Sender<bool>, within: Duration) -> bool {
        let way = attention.is_in_the_way(crowded.subscribe());
        tokio::time::timeout(within, way).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_makes_way_when_there_are_no_places_and_not_before() {
        let crowded = watch::channel(false).0;
        let silent = Attention::new();
        assert!(
            !makes_way(&silent, &crowded, Duration::from_secs(20)).await,
            "nobody waits"
        );
        crowded.send_replace(true);
        assert!(
            makes_way(&silent, &crowded, Duration::ZERO).await,
            "it was silent for long"
        );
        assert!(
            !makes_way(&Attention::new(), &crowded, Duration::from_secs(1)).await,
            "it has just come"
        );
        assert!(makes_way(&Attention::new(), &crowded, Duration::from_secs(3)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_being_answered_stays_and_so_does_who_goes_on_taking_the_answer() {
        let crowded = watch::channel(true).0;
        let attention = Attention::new();
        let asked = attention.asked();
        assert!(!makes_way(&attention, &crowded, Duration::from_mins(1)).await);
        drop(asked);
        for _ in 0..20 {
            assert!(!makes_way(&attention, &crowded, Duration::from_millis(1_500)).await);
            attention.took();
        }
        assert!(makes_way(&attention, &crowded, Duration::from_secs(3)).await);
    }
}
