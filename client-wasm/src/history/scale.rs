//! A plan's life on a line: where a moment stands, and which moment a place is.
//!
//! Half of the line's length is by time and half by changes: a plan that is written in a few hours of many weeks shows
//! both the weeks and the hours.

use domain::{Seq, TimestampMs};

use crate::api::past::{Bucket, Timeline};

/// A place on the line, from 0 to 1.
pub(super) type Place = f64;

/// Moments along the line, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// At least two, the first and the last moment.
    knots: Vec<Knot>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    at: f64,
    seq: f64,
    place: Place,
}

impl Scale {
    /// The line of a plan.
    pub(super) fn of(life: &Timeline) -> Self {
        let head_at = life.head_at.unwrap_or_default();
        let first_at = life.first_at.unwrap_or(head_at);
        let mut moments = vec![(first_at.0, 0)];
        for bucket in written(life) {
            let (at, seq) = moments.last().copied().unwrap_or((first_at.0, 0));
            moments.push((bucket.from.0.max(at), seq));
            moments.push((bucket.to.0.min(head_at.0).max(at), bucket.seq.0.max(seq)));
        }
        moments.push((head_at.0, life.head.0));
        let knots = moments.into_iter().map(|(at, seq)| Knot {
            at: time(at),
            seq: count(seq),
            place: 0.0,
        });
        let mut scale = Self { knots: knots.collect() };
        let (first, last) = scale.ends();
        for knot in &mut scale.knots {
            knot.place = f64::midpoint(
                part(knot.at, first.at, last.at).unwrap_or(knot.seq / last.seq.max(1.0)),
                part(knot.seq, first.seq, last.seq).unwrap_or(1.0),
            );
        }
        scale
    }

    fn ends(&self) -> (Knot, Knot) {
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else {
            unreachable!("a line is made with its two ends");
        };
        (*first, *last)
    }

    /// Where a change stands.
    pub(super) fn of_seq(&self, seq: Seq) -> Place {
        self.between(count(seq.0), |knot| knot.seq, |knot| knot.place)
    }

    /// Where a time stands.
    pub(super) fn of_time(&self, at: TimestampMs) -> Place {
        self.between(time(at.0), |knot| knot.at, |knot| knot.place)
    }

    /// About when a change was made.
    pub(super) fn time_of(&self, seq: Seq) -> TimestampMs {
        #[expect(clippy::cast_possible_truncation, reason = "between two times in milliseconds")]
        TimestampMs(self.between(count(seq.0), |knot| knot.seq, |knot| knot.at) as i64)
    }

    /// The last change at a place.
    pub(super) fn seq_at(&self, place: Place) -> Seq {
        let seq = self.between(place.clamp(0.0, 1.0), |knot| knot.place, |knot| knot.seq);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between zero and the last entry"
        )]
        Seq(seq.round() as u64)
    }

    /// Where what has the value `x` by one measure stands by another.
    fn between(&self, x: f64, by: impl Fn(&Knot) -> f64, to: impl Fn(&Knot) -> f64) -> f64 {
        let behind = self.knots.iter().position(|knot| by(knot) >= x);
        let (first, last) = self.ends();
        match behind {
            None => to(&last),
            Some(0) => to(&first),
            Some(n) => {
                let (low, high) = (&self.knots[n - 1], &self.knots[n]);
                let share = part(x, by(low), by(high)).unwrap_or(1.0);
                (to(high) - to(low)).mul_add(share, to(low))
            }
        }
    }
}

/// The parts of a plan's life in which something was written.
pub(super) fn written(life: &Timeline) -> impl Iterator<Item = &Bucket> {
    life.buckets.iter().filter(|bucket| bucket.edits > 0)
}

fn part(x: f64, from: f64, to: f64) -> Option<f64> {
    (to > from).then(|| (x - from) / (to - from))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 fit 53 bits for 285,000 years"
)]
fn time(at: i64) -> f64 {
    at as f64
}

#[expect(clippy::cast_precision_loss, reason = "no plan has 2^53 entries")]
fn count(of: u64) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(buckets: &[(i64, i64, u64, u64)], first: i64, head: (u64, i64)) -> Timeline {
        Timeline {
            first_at: Some(TimestampMs(first)),
            head: Seq(head.0),
            head_at: Some(TimestampMs(head.1)),
            buckets: buckets
                .iter()
                .map(|&(from, to, seq, edits)| Bucket {
                    from: TimestampMs(from),
                    to: TimestampMs(to),
                    seq: Seq(seq),
                    edits,
                })
                .collect(),
            control: Vec::new(),
        }
    }

    #[test]
    fn every_change_is_found_again_where_it_stands() {
        let plans = [
            life(&[(0, 10, 40, 40), (10, 20, 40, 0), (90, 100, 50, 10)], 0, (50, 100)),
            life(&[(0, 1, 600, 600)], 0, (600, 1)),
            life(&[], 5, (0, 5)),
            life(&[(7, 7, 1, 1)], 7, (1, 7)),
        ];
        for plan in plans {
            let scale = Scale::of(&plan);
            let mut before = -1.0;
            for seq in 0..=plan.head.0 {
                let place = scale.of_seq(Seq(seq));
                assert!((0.0..=1.0).contains(&place), "{plan:?}: {seq} at {place}");
                assert!(place >= before, "{plan:?}: {seq} stands before the one before it");
                assert_eq!(scale.seq_at(place), Seq(seq), "{plan:?} at {place}");
                before = place;
            }
        }
    }

    #[test]
    fn a_long_silence_and_a_busy_hour_both_have_room() {
        // Nearly all is written at once, and then nothing for a long time.
        let scale = Scale::of(&life(&[(0, 10, 900, 900), (990, 1_000, 1_000, 100)], 0, (1_000, 1_000)));
        assert!(scale.of_seq(Seq(450)) > 0.2);
        assert!(scale.of_time(TimestampMs(500)) > 0.6 && scale.of_time(TimestampMs(500)) < 0.9);
        assert_eq!(scale.time_of(Seq(950)), TimestampMs(995));
    }
}
