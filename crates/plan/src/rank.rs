//! Fractional ranks: the order of items and paragraphs, as hex strings between which there is always room.
//!
//! A rank is a fraction in base 256, written as lower-case hex, without a zero byte at its end: so that the order of
//! the strings is the order of the numbers and there is room on both sides. Written here because the crate
//! `fractional_index` 2.0.2 underflows and slices inside characters on ranks that it did not make itself, and ranks
//! come from other people's programs.

use domain::schema::RANK_CHARS_MAX;

/// The middle of a byte's range.
const MIDDLE: u8 = 0x80;

/// A rank between two others; nothing stands for "before the first" or "after the last".
///
/// A neighbour that is no rank (another program wrote it), or a pair out of order or equal (two people ranked at once),
/// counts as absent, the upper one first: the new rank is then after the lower one.
pub fn rank_between(lower: Option<&str>, upper: Option<&str>) -> String {
    let (lower, upper) = (lower.and_then(read), upper.and_then(read));
    let rank = match (lower, upper) {
        (Some(lower), Some(upper)) if lower < upper => between(&lower, &upper),
        (Some(lower), _) => after(&lower),
        (None, Some(upper)) => before(&upper),
        (None, None) => vec![MIDDLE],
    };
    rank.iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn read(rank: &str) -> Option<Vec<u8>> {
    let digits = rank.as_bytes();
    if digits.len() > RANK_CHARS_MAX || !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?))
        .collect();
    bytes.filter(|bytes| bytes.last().is_some_and(|&last| last != 0))
}

/// Steps instead of halving, so that a list that grows at its end gets a byte more only every 255 items.
fn after(lower: &[u8]) -> Vec<u8> {
    match lower.iter().position(|&byte| byte < u8::MAX) {
        Some(at) => [&lower[..at], &[lower[at] + 1]].concat(),
        None => [lower, &[MIDDLE]].concat(),
    }
}

fn before(upper: &[u8]) -> Vec<u8> {
    let at = upper
        .iter()
        .position(|&byte| byte > 0)
        .expect("a rank does not end with zero");
    match upper[at] {
        1 => [&upper[..at], &[0, u8::MAX]].concat(),
        byte => [&upper[..at], &[byte - 1]].concat(),
    }
}

fn between(lower: &[u8], upper: &[u8]) -> Vec<u8> {
    let same = (0..upper.len())
        .take_while(|&at| lower.get(at).copied().unwrap_or(0) == upper[at])
        .count();
    let digit = lower.get(same).copied().unwrap_or(0);
    let mut rank = upper[..same].to_vec();
    if upper[same] - digit > 1 {
        rank.push(digit + (upper[same] - digit) / 2);
    } else if upper.len() > same + 1 {
        rank.push(upper[same]);
    } else {
        rank.push(digit);
        rank.extend(after(lower.get(same + 1..).unwrap_or_default()));
    }
    rank
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_rank_lies_between_its_neighbours_wherever_one_inserts() {
        for seed in 0..50 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut ranks: Vec<String> = Vec::new();
            for _ in 0..200 {
                let at = rng.random_range(0..=ranks.len());
                let lower = at.checked_sub(1).map(|before| ranks[before].as_str());
                let rank = rank_between(lower, ranks.get(at).map(String::as_str));
                ranks.insert(at, rank);
            }
            assert!(ranks.is_sorted_by(|a, b| a < b), "seed {seed}: {ranks:?}");
            assert!(
                ranks.iter().all(|rank| rank.len() <= RANK_CHARS_MAX),
                "seed {seed}: too long"
            );
        }
    }

    #[test]
    fn what_is_no_rank_counts_as_absent() {
        let middle = rank_between(None, None);
        for other in ["no rank", "", "ä€", "80A", "8F", "8000", "7"] {
            assert_eq!(rank_between(Some(other), None), middle, "{other}");
            assert_eq!(rank_between(None, Some(other)), middle, "{other}");
        }
    }

    #[test]
    fn equal_or_crossed_neighbours_still_give_a_rank_after_the_lower_one() {
        let low = rank_between(None, None);
        let high = rank_between(Some(&low), None);
        assert!(rank_between(Some(&low), Some(&low)) > low);
        assert!(rank_between(Some(&high), Some(&low)) > high);
    }

    #[test]
    fn ranks_stay_short_when_a_list_grows_at_either_end() {
        let (mut first, mut last) = (rank_between(None, None), rank_between(None, None));
        for _ in 0..5_000 {
            (first, last) = (rank_between(None, Some(&first)), rank_between(Some(&last), None));
        }
        assert!(first.len() < 100 && last.len() < 100, "{first} {last}");
    }
}
