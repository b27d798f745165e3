//! Who waits for the next entry of which stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Seq;
use tokio::sync::watch;

use crate::types::StreamId;

/// The streams that somebody waits on. A stream nobody waits on costs nothing, so asking for streams that do not exist
/// cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Live {
    streams: Mutex<Option<BTreeMap<StreamId, watch::Sender<Seq>>>>,
}

impl Live {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            streams: Mutex::new(Some(BTreeMap::new())),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<BTreeMap<StreamId, watch::Sender<Seq>>>> {
        // No code that can panic runs under this lock.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait on a stream.
    pub(crate) fn follow(self: &Arc<Self>, stream: StreamId) -> Follower {
        let watch = self.lock().as_mut().map(|streams| {
            streams
                .entry(stream)
                .or_insert_with(|| watch::channel(Seq::ZERO).0)
                .subscribe()
        });
        Follower {
            live: Arc::clone(self),
            stream,
            watch,
        }
    }

    /// Says that a stream now ends at `last`, to be called when its entries can be read.
    pub(crate) fn publish(&self, stream: StreamId, last: Seq) {
        if let Some(watch) = self.lock().as_ref().and_then(|streams| streams.get(&stream)) {
            watch.send_replace(last);
        }
    }

    /// Says that nothing more will come.
    pub(crate) fn close(&self) {
        *self.lock() = None;
    }
}

/// One who waits on a stream.
#[derive(Debug)]
pub(crate) struct Follower {
    live: Arc<Live>,
    stream: StreamId,
    watch: Option<watch::Receiver<Seq>>,
}

impl Follower {
    /// Takes note of everything published so far: `changed` then waits for what comes after this call. To be called
    /// before looking at the stream's end, so that nothing between the look and the wait is missed.
    pub(crate) fn mark_seen(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.mark_unchanged();
        }
    }

    /// Waits until something was published since `mark_seen`; `false`: the journal is closed.
    pub(crate) async fn changed(&mut self) -> bool {
        match &mut self.watch {
            Some(watch) => watch.changed().await.is_ok(),
            None => false,
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut streams = self.live.lock();
        self.watch = None;
        let Some(streams) = streams.as_mut() else { return };
        // Under the lock, so that nobody can begin to wait between the count and the removal.
        if streams
            .get(&self.stream)
            .is_some_and(|watch| watch.receiver_count() == 0)
        {
            streams.remove(&self.stream);
        }
    }
}
