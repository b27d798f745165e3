//! A long history of honest changes: 1,000 items, 20 % text, several people at a time who have not seen each other's
//! last edits, now and then one who was away for a while.

use std::collections::VecDeque;

use anyhow::Context as _;
use bytes::Bytes;
use domain::{ActorId, Author, Cell, ItemId, ParagraphId, PersonId, Scalar, Schema, SectionId, Seq, TimestampMs};
use plan::{Edit, Limits, Table, decode, genesis, precheck};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::person;

/// Items of the plan.
pub(crate) const ITEMS: usize = 1_000;
/// Items that one change makes at the beginning.
const ITEMS_AT_ONCE: usize = 25;
/// Most people who write without having seen each other.
const AT_ONCE_MAX: usize = 8;
/// How many groups somebody is away who is away.
const AWAY_GROUPS: usize = 20;
/// How full a paragraph becomes before another one is begun, in characters.
const PARAGRAPH_CHARS: usize = 1_500;
const SECTION: SectionId = SectionId::Opportunities;
const AT: TimestampMs = TimestampMs(1_764_000_000_000);

/// One change, as a room would get it.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) author: PersonId,
    pub(crate) base: Seq,
    pub(crate) bytes: Bytes,
}

/// What makes a history.
pub(crate) struct Stream {
    schema: Schema,
    table: Table,
    random: ChaCha8Rng,
    actors: Vec<ActorId>,
    /// Who is away until which group, with what they will send then.
    away: VecDeque<(usize, usize, Made)>,
    made: Vec<Made>,
    /// The paragraph that is being written in each item, and about how long it is.
    paragraphs: Vec<Option<(ParagraphId, usize)>>,
}

impl Stream {
    pub(crate) fn new(actors: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            schema: Schema::standard(),
            table: Table::new(),
            actors: (0..actors).map(|_| ActorId(random.random())).collect(),
            random,
            away: VecDeque::new(),
            made: Vec::new(),
            paragraphs: vec![None; ITEMS],
        }
    }

    /// So many changes, the genesis and the making of the items among them.
    pub(crate) fn make(mut self, length: usize) -> anyhow::Result<Vec<Made>> {
        self.take(Made {
            author: PersonId::SERVER,
            base: Seq::ZERO,
            bytes: genesis().bytes.clone(),
        })?;
        for first in (0..ITEMS).step_by(ITEMS_AT_ONCE) {
            let edits: Vec<Edit> = (first..first + ITEMS_AT_ONCE).map(make_item).collect();
            if let Some(made) = self.author(0, &edits)? {
                self.take(made)?;
            }
        }
        for group in 0.. {
            if self.made.len() >= length {
                break;
            }
            self.group(group)?;
        }
        self.made.truncate(length);
        Ok(self.made)
    }

    /// Several people write at once; then all of it is admitted.
    fn group(&mut self, group: usize) -> anyhow::Result<()> {
        let mut writers: Vec<usize> = (0..self.random.random_range(1..=AT_ONCE_MAX))
            .map(|_| self.random.random_range(0..self.actors.len()))
            .filter(|writer| !self.away.iter().any(|(_, away, _)| away == writer))
            .collect();
        writers.sort_unstable();
        writers.dedup();
        let mut written = Vec::new();
        for writer in writers {
            let edit = self.edit();
            let Some(made) = self.author(writer, &[edit])? else {
                continue;
            };
            if self.random.random_bool(0.01) {
                self.away.push_back((group + AWAY_GROUPS, writer, made));
            } else {
                written.push(made);
            }
        }
        while self.away.front().is_some_and(|(until, _, _)| *until <= group) {
            written.extend(self.away.pop_front().map(|(_, _, made)| made));
        }
        written.into_iter().try_for_each(|made| self.take(made))
    }

    fn author(&self, actor: usize, edits: &[Edit]) -> anyhow::Result<Option<Made>> {
        let id = *self.actors.get(actor).context("an actor")?;
        let authored = self.table.author(id, AT, edits)?;
        Ok(authored.map(|authored| Made {
            author: person(actor),
            base: authored.base,
            bytes: authored.bytes,
        }))
    }

    fn take(&mut self, made: Made) -> anyhow::Result<()> {
        let decoded = precheck(&made.bytes, &Limits::default()).and_then(|checked| decode(&checked))?;
        let seq = self.table.last().next();
        self.table
            .admit(&self.schema, Author::executive(made.author), seq, made.base, &decoded)?;
        self.made.push(made);
        Ok(())
    }

    /// 20 % of the edits are text.
    fn edit(&mut self) -> Edit {
        let number = self.random.random_range(0..ITEMS);
        if self.random.random_bool(0.2) {
            return self.text(number);
        }
        let random = &mut self.random;
        let (field, value) = match random.random_range(0..3) {
            0 => (
                "title",
                Scalar::Str(format!("Title {}", random.random_range(0..1_000_000))),
            ),
            1 => (
                "amount",
                Scalar::Str(format!("{} EUR", random.random_range(1..90_000_000))),
            ),
            _ => ("probability", Scalar::Int(random.random_range(0..=100))),
        };
        Edit::Put {
            cell: Cell::field(SECTION, item(number), field),
            value,
        }
    }

    /// About 25 characters into the item's paragraph, or a new paragraph where it is full.
    fn text(&mut self, number: usize) -> Edit {
        const WORDS: [&str; 6] = [
            "renewal ",
            "Brandt wants ",
            "by the end of ",
            "budget is open; ",
            "next: ",
            "no answer yet, ",
        ];
        let words: String = (0..3).filter_map(|_| WORDS.choose(&mut self.random).copied()).collect();
        let open = self.paragraphs[number].filter(|(_, length)| *length < PARAGRAPH_CHARS);
        let Some((paragraph, _)) = open else {
            let paragraph = ParagraphId(Uuid::from_u128(self.random.random()));
            self.paragraphs[number] = Some((paragraph, words.len()));
            return Edit::MakeParagraph {
                cell: Cell::paragraph(SECTION, item(number), "notes", paragraph),
                text: words,
            };
        };
        let cell = Cell::paragraph(SECTION, item(number), "notes", paragraph);
        let Some(text) = self.table.text(&cell) else {
            // Its maker has not been admitted yet: this one begins another.
            self.paragraphs[number] = None;
            return self.text(number);
        };
        // Mostly at the end, where people write; now and then a correction inside.
        let length = text.encode_utf16().count();
        let at = if self.random.random_bool(0.8) {
            length
        } else {
            self.random.random_range(0..=length)
        };
        let delete = if at < length {
            self.random.random_range(0..=(length - at).min(10))
        } else {
            0
        };
        self.paragraphs[number] = Some((paragraph, length + words.len()));
        Edit::Splice {
            cell,
            at: u32::try_from(at).unwrap_or(0),
            delete: u32::try_from(delete).unwrap_or(0),
            insert: words,
        }
    }
}

fn item(number: usize) -> ItemId {
    ItemId(Uuid::from_u128(
        0x0193_0000_0000_7000_8000_0001_0000_0000 + number as u128,
    ))
}

fn make_item(number: usize) -> Edit {
    Edit::MakeItem {
        section: SECTION,
        item: item(number),
        fields: vec![("title".to_owned(), Scalar::Str(format!("Opportunity {number}")))],
    }
}
