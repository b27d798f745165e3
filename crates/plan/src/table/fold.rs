//! Applying a checked change: the tables go forward, and what happened comes out as deltas.

use std::collections::BTreeSet;

use domain::{Cell, Delta, Part, Scalar};

use super::guard::{Checked, Step};
use super::keys::{Held, Keys, MapPlace};
use super::stream::{NewChange, OpIx, OpRecord, OwnWrite, Stream};
use super::texts::{Element, Span, TextRecord};

/// Applies changes.
pub(crate) struct Fold<'a> {
    stream: &'a mut Stream,
    keys: &'a mut Keys,
    texts: &'a mut Vec<TextRecord>,
    /// The first operation that the author had not seen, and the first of this change: between them a character may be
    /// newer than one of this change.
    unseen: (OpIx, OpIx),
    news: Vec<News>,
    /// The keys whose winner before is noted there.
    noted: BTreeSet<u32>,
    /// The span under way, and its text.
    span: Option<(u32, Span)>,
}

/// Something that happened, in the order of the operations.
enum News {
    Delta(Cell, Delta),
    /// A key was written, and its winner before. What is there now is looked up at the end.
    Set(u32, Option<Scalar>),
}

impl<'a> Fold<'a> {
    pub(crate) fn new(stream: &'a mut Stream, keys: &'a mut Keys, texts: &'a mut Vec<TextRecord>) -> Self {
        Self {
            stream,
            keys,
            texts,
            unseen: (0, 0),
            news: Vec::new(),
            noted: BTreeSet::new(),
            span: None,
        }
    }

    /// Applies a change.
    pub(crate) fn apply(mut self, new: NewChange, checked: Checked) -> Vec<(Cell, Delta)> {
        self.unseen = (self.stream.first_op_after(new.base), new.first_op);
        self.stream.ops.extend(checked.ops);
        let change = self.stream.push(new);
        for step in checked.steps {
            match step {
                Step::Write { key, gone, held } => self.write(key, &gone, held),
                Step::Insert { text, after, op, char } => self.insert(text, after, op, char),
                Step::Remove { text, element } => self.remove(text, element, change),
            }
        }
        self.finish_span();
        for key in checked.live.keys() {
            self.keys.keys[*key as usize].note(change);
        }
        let actor = self.stream.change(change).actor;
        let record = &mut self.stream.actors[actor as usize];
        record.own_deleted.extend(checked.deleted);
        for (key, live) in checked.live {
            let base = new.base;
            record.own_writes.insert(key, OwnWrite { change, base, live });
        }
        self.deltas()
    }

    fn write(&mut self, key: u32, gone: &[OpIx], held: Option<(OpIx, Held)>) {
        self.finish_span();
        let made = match &held {
            Some((_, Held::Map(map))) => self.item_made(*map),
            Some((_, Held::Text(_))) => self.keys.cell(key).map(|cell| (cell, Delta::ParagraphMade)),
            Some((_, Held::Value(_))) | None => {
                self.note_old(key);
                None
            }
        };
        self.news.extend(made.map(|(cell, delta)| News::Delta(cell, delta)));
        let live = &mut self.keys.keys[key as usize].live;
        live.retain(|(op, _)| !gone.contains(op));
        live.extend(held);
    }

    fn item_made(&self, map: u32) -> Option<(Cell, Delta)> {
        match self.keys.place(map) {
            MapPlace::Part(section, item, Part::Fields) => Some((Cell::field(section, item, ""), Delta::ItemMade)),
            _ => None,
        }
    }

    fn note_old(&mut self, key: u32) {
        if self.noted.insert(key) {
            let old = values(self.stream, self.keys, key).pop();
            self.news.push(News::Set(key, old));
        }
    }

    fn insert(&mut self, text: u32, after: Option<OpIx>, op: OpIx, char: char) {
        let record = &mut self.texts[text as usize];
        let after = after.and_then(|after| record.find(after));
        let (from, to) = self.unseen;
        let stream = &*self.stream;
        let name = stream.name(op);
        let new = Element {
            op,
            char,
            deleted: false,
        };
        let at = record.insert(after, new, |other| {
            (from..to).contains(&other) && stream.name(other) > name
        });
        self.extend_span(text, |span| span.insert(at, char));
    }

    fn remove(&mut self, text: u32, element: OpIx, change: u32) {
        if let OpRecord::Insert { deleted, .. } = &mut self.stream.ops[element as usize]
            && *deleted == 0
        {
            *deleted = change + 1;
        }
        let record = &mut self.texts[text as usize];
        let Some(at) = record.find(element) else { return };
        let char = record.elements[at].char;
        if let Some(at) = record.delete(at) {
            self.extend_span(text, |span| span.delete(at, char));
        }
    }

    fn extend_span(&mut self, text: u32, extend: impl Fn(&mut Span) -> bool) {
        if let Some((at, span)) = &mut self.span
            && *at == text
            && extend(span)
        {
            return;
        }
        self.finish_span();
        let mut span = Span::default();
        extend(&mut span);
        self.span = Some((text, span));
    }

    fn finish_span(&mut self) {
        let Some((text, span)) = self.span.take() else { return };
        let cell = self.keys.cell(self.texts[text as usize].key);
        let delta = cell.and_then(|cell| span.into_delta(cell));
        self.news.extend(delta.map(|(cell, delta)| News::Delta(cell, delta)));
    }

    fn deltas(self) -> Vec<(Cell, Delta)> {
        let (stream, keys) = (&*self.stream, &*self.keys);
        let read = |news| match news {
            News::Delta(cell, delta) => Some((cell, delta)),
            News::Set(key, old) => {
                let mut also = values(stream, keys, key);
                let new = also.pop();
                Some((keys.cell(key)?, Delta::Set { old, new, also }))
            }
        };
        self.news.into_iter().filter_map(read).collect()
    }
}

/// The values at a key now, in the order of their operations' names: the winner last.
pub(crate) fn values(stream: &Stream, keys: &Keys, key: u32) -> Vec<Scalar> {
    let live = &keys.key(key).live;
    let mut named: Vec<_> = live
        .iter()
        .filter_map(|(op, held)| match held {
            // A name is only asked for where there is something to compare.
            Held::Value(value) => Some(((live.len() > 1).then(|| stream.name(*op)), value)),
            Held::Map(_) | Held::Text(_) => None,
        })
        .collect();
    named.sort_by_key(|(name, _)| *name);
    named.into_iter().map(|(_, value)| value.clone()).collect()
}
