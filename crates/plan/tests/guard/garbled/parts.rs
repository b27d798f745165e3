//! A change's body in its parts, to be put together again with one of them changed.

/// The header, and the columns.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    header: Vec<u8>,
    pub(crate) columns: Vec<Column>,
    extra: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) specification: u64,
    pub(crate) bytes: Vec<u8>,
    /// By how much the length that is written differs from the bytes that are there.
    pub(crate) more: i64,
}

impl Parts {
    /// Nothing for bytes that do not begin as a change does.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut rest = body;
        let deps = number(&mut rest)?;
        take(&mut rest, deps.checked_mul(32)?)?;
        let actor = number(&mut rest)?;
        take(&mut rest, actor)?;
        for _ in 0..3 {
            number(&mut rest)?; // seq, start_op, time: their lengths are all that counts here
        }
        let message = number(&mut rest)?;
        take(&mut rest, message)?;
        for _ in 0..number(&mut rest)?.min(1_000) {
            let actor = number(&mut rest)?;
            take(&mut rest, actor)?;
        }
        let header = body[..body.len() - rest.len()].to_vec();
        let count = number(&mut rest)?.min(1_000);
        let mut lengths = Vec::new();
        for _ in 0..count {
            lengths.push((number(&mut rest)?, number(&mut rest)?));
        }
        let mut columns = Vec::new();
        for (specification, length) in lengths {
            columns.push(Column {
                specification,
                bytes: take(&mut rest, length)?.to_vec(),
                more: 0,
            });
        }
        let extra = rest.to_vec();
        Some(Self { header, columns, extra })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        use crate::mutate::unsigned;
        let mut bytes = self.header.clone();
        unsigned(&mut bytes, self.columns.len() as u64);
        for column in &self.columns {
            unsigned(&mut bytes, column.specification);
            let length = i64::try_from(column.bytes.len()).expect("short");
            unsigned(&mut bytes, length.saturating_add(column.more).max(0).unsigned_abs());
        }
        for column in &self.columns {
            bytes.extend(&column.bytes);
        }
        bytes.extend(&self.extra);
        bytes
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = after;
    Some(taken)
}
