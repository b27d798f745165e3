//! The one clock of the server, so that a test can turn it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use domain::TimestampMs;

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that a test turns: milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> TimestampMs {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(now) => TimestampMs(now.load(Ordering::SeqCst)),
        }
    }

    /// The day it is in a time zone.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        DateTime::from_timestamp_millis(self.now().0)
            .unwrap_or_default()
            .with_timezone(&zone)
            .date_naive()
    }
}
