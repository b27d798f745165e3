//! Reading bytes from outside without trusting them: LEB128 numbers in their shortest spelling, and slices.

use crate::precheck::Malformed;

/// Bytes, read from the front.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::Misspelled)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number that stands for a count of bytes in memory.
    pub(crate) fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.unsigned()?).map_err(|_| Malformed::TooLong)
    }

    /// An unsigned number of at most 64 bits.
    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit; a last byte of 0 is a longer spelling of the same number.
            if (shift == 63 && bits > 1) || (shift > 0 && byte == 0) {
                return Err(Malformed::Misspelled);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed::Misspelled)
    }

    /// A signed number of at most 64 bits.
    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let mut value = 0_i64;
        let mut before = 0_u8;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Malformed::Misspelled);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let longer = (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                if shift > 0 && longer {
                    return Err(Malformed::Misspelled);
                }
                if shift + 7 < 64 && byte & 0x40 != 0 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
            before = byte;
        }
        Err(Malformed::Misspelled)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_in_their_shortest_spelling_only() {
        let unsigned = |bytes: &[u8]| Reader::new(bytes).unsigned().ok();
        assert_eq!(unsigned(&[0x00]), Some(0));
        assert_eq!(unsigned(&[0x80, 0x01]), Some(128));
        let greatest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(unsigned(&greatest), Some(u64::MAX));
        for bad in [&[][..], &[0x80], &[0x81, 0x00], &[0xff; 12]] {
            assert_eq!(unsigned(bad), None, "{bad:x?}");
        }
        let signed = |bytes: &[u8]| Reader::new(bytes).signed().ok();
        assert_eq!(signed(&[0x3f]), Some(63));
        assert_eq!(signed(&[0x40]), Some(-64));
        assert_eq!(signed(&[0x80, 0x40]), Some(-8192));
        let least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(signed(&least), Some(i64::MIN));
        for bad in [&[][..], &[0xbf, 0x00], &[0x81, 0xff, 0x7f], &[0x80; 12]] {
            assert_eq!(signed(bad), None, "{bad:x?}");
        }
    }
}
