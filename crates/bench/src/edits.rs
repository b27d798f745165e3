//! Random edits, as people make them: mostly values, some links, some text.
//!
//! What they are made on is a replica (a client with its document) or a table (many light clients that share one).

use domain::schema::Who;
use domain::{Cell, Field, ItemId, Kind, ParagraphId, Part, Scalar, Schema, SectionId};
use plan::{Edit, Replica, Table, rank_between};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

/// The sections that are edited.
pub(crate) const SECTIONS: [SectionId; 3] = [SectionId::Initiatives, SectionId::Opportunities, SectionId::Actions];
/// Items that the clients make in a section before they only edit; a plan of people has some dozens.
const ITEMS_MAX: usize = 60;
/// Where the paragraphs are.
const PROSE_FIELD: &str = "strategy";
/// Paragraphs of an item.
const PARAGRAPHS_MAX: usize = 5;
/// A paragraph longer than this is cut, in UTF-16 units.
const PARAGRAPH_UNITS_MAX: usize = 600;

const WORDS: [&str; 12] = [
    "renewal",
    "budget",
    "Größe",
    "pilot",
    "board",
    "café",
    "migration",
    "roll-out",
    "👍",
    "security",
    "Q3",
    "owner",
];

/// What is in a plan, as far as edits need to know.
pub(crate) trait Content {
    /// The items of a section that are not deleted.
    fn items(&self, section: SectionId) -> Vec<ItemId>;
    /// The paragraphs of an item's field.
    fn paragraphs(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)>;
}

impl Content for Replica {
    fn items(&self, section: SectionId) -> Vec<ItemId> {
        self.items(section)
    }

    fn paragraphs(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)> {
        self.paragraphs(section, item, field)
    }
}

impl Content for Table {
    fn items(&self, section: SectionId) -> Vec<ItemId> {
        self.items(section).collect()
    }

    fn paragraphs(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)> {
        let cells = self.paragraphs(section, item).into_iter();
        let of_field = cells.filter_map(|cell| {
            let (of, id) = cell.key.split_once(':')?;
            let id = id.parse().ok().filter(|_| of == field)?;
            Some((id, self.text(&cell)?))
        });
        of_field.collect()
    }
}

/// The next edit of a client. Empty: there is nothing to edit yet.
pub(crate) fn next(content: &impl Content, schema: &Schema, random: &mut ChaCha8Rng) -> Vec<Edit> {
    let section = SECTIONS[random.random_range(0..SECTIONS.len())];
    let items = content.items(section);
    if items.len() < 2 || items.len() < ITEMS_MAX && random.random_bool(0.05) {
        return vec![make_item(section, random)];
    }
    let item = items[random.random_range(0..items.len())];
    match random.random_range(0..100) {
        0..70 => put(schema, section, item, random),
        70..82 => link(content, random),
        _ => text(content, random),
    }
}

/// A new item with a title.
pub(crate) fn make_item(section: SectionId, random: &mut ChaCha8Rng) -> Edit {
    let fields = vec![
        ("title".to_owned(), words(random, 3).as_str().into()),
        ("rank".to_owned(), rank_between(None, None).as_str().into()),
    ];
    Edit::MakeItem {
        section,
        item: ItemId(Uuid::now_v7()),
        fields,
    }
}

fn put(schema: &Schema, section: SectionId, item: ItemId, random: &mut ChaCha8Rng) -> Vec<Edit> {
    let Some(section_schema) = schema.section(section) else {
        return Vec::new();
    };
    let writable = |field: &&Field| field.part() == Part::Fields && field.who != Who::Server;
    let fields: Vec<&Field> = section_schema.fields.iter().filter(writable).collect();
    let field = fields[random.random_range(0..fields.len())];
    let cell = Cell::field(section, item, &field.key);
    match value(&field.kind, random) {
        Some(value) => vec![Edit::Put { cell, value }],
        None => Vec::new(),
    }
}

/// A value that a field of this kind takes.
fn value(kind: &Kind, random: &mut ChaCha8Rng) -> Option<Scalar> {
    let text = match kind {
        Kind::Line => words(random, 5),
        Kind::Choice(choices) => choices[random.random_range(0..choices.len())].key.to_string(),
        Kind::Money => format!("{} EUR", random.random_range(1..900_000) * 100),
        Kind::Date => format!(
            "2026-{:02}-{:02}",
            random.random_range(1..=12),
            random.random_range(1..=28)
        ),
        Kind::Whole { from, to, .. } => return Some(Scalar::Int(random.random_range(*from..=*to))),
        Kind::Flag => return Some(Scalar::Bool(random.random())),
        _ => return None,
    };
    Some(Scalar::Str(text))
}

/// An opportunity supports an initiative, more, less or no longer.
fn link(content: &impl Content, random: &mut ChaCha8Rng) -> Vec<Edit> {
    let (from, to) = (
        content.items(SectionId::Opportunities),
        content.items(SectionId::Initiatives),
    );
    if from.is_empty() || to.is_empty() {
        return Vec::new();
    }
    let from = from[random.random_range(0..from.len())];
    let to = to[random.random_range(0..to.len())];
    let cell = Cell::link(SectionId::Opportunities, from, "supports", &to.to_string());
    if random.random_bool(0.2) {
        return vec![Edit::Clear { cell }];
    }
    vec![Edit::Put {
        cell,
        value: Scalar::Int(random.random_range(1..=3)),
    }]
}

/// Someone types into a note.
fn text(content: &impl Content, random: &mut ChaCha8Rng) -> Vec<Edit> {
    let section = SectionId::Opportunities;
    let items = content.items(section);
    if items.is_empty() {
        return Vec::new();
    }
    let item = items[random.random_range(0..items.len())];
    let paragraphs = content.paragraphs(section, item, PROSE_FIELD);
    if paragraphs.is_empty() || paragraphs.len() < PARAGRAPHS_MAX && random.random_bool(0.1) {
        let cell = Cell::paragraph(section, item, PROSE_FIELD, ParagraphId(Uuid::now_v7()));
        let rank = Edit::Put {
            cell: cell.with_suffix("rank"),
            value: rank_between(None, None).as_str().into(),
        };
        return vec![
            Edit::MakeParagraph {
                cell,
                text: words(random, 6),
            },
            rank,
        ];
    }
    let (paragraph, text) = &paragraphs[random.random_range(0..paragraphs.len())];
    let cell = Cell::paragraph(section, item, PROSE_FIELD, *paragraph);
    vec![splice(cell, text, random)]
}

/// Words typed at some place; from a long paragraph some are taken out.
fn splice(cell: Cell, text: &str, random: &mut ChaCha8Rng) -> Edit {
    // Between two characters, counted as the browser does.
    let places: Vec<usize> = text
        .chars()
        .scan(0, |units, character| {
            let at = *units;
            *units += character.len_utf16();
            Some(at)
        })
        .chain([text.encode_utf16().count()])
        .collect();
    let from = random.random_range(0..places.len());
    let mut to = from;
    let mut insert = format!("{} ", words(random, 2));
    if places.last().is_some_and(|end| *end > PARAGRAPH_UNITS_MAX) {
        to = (from + 80).min(places.len() - 1);
        insert.clear();
    }
    let unit = |place: usize| u32::try_from(places[place]).unwrap_or(u32::MAX);
    Edit::Splice {
        cell,
        at: unit(from),
        delete: unit(to) - unit(from),
        insert,
    }
}

fn words(random: &mut ChaCha8Rng, count: usize) -> String {
    let words: Vec<&str> = (0..count).map(|_| WORDS[random.random_range(0..WORDS.len())]).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::mem::discriminant;

    use domain::{ActorId, Author, PersonId, TimestampMs};
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn every_edit_can_be_made_and_every_kind_comes() {
        let schema = Schema::standard();
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut replica = Replica::new(ActorId([7; 16]));
        let mut kinds = BTreeSet::new();
        let mut changes = 0;
        for _ in 0..2_000 {
            let edits = next(&replica, &schema, &mut random);
            for edit in &edits {
                if let Edit::Put { cell, value } = edit {
                    schema
                        .check_scalar(Author::executive(PersonId::SERVER), cell, Some(value))
                        .expect("a value that the schema takes");
                }
                kinds.insert(format!("{:?}", discriminant(edit)));
            }
            changes += usize::from(replica.edit(TimestampMs(0), &edits).expect("a good edit").is_some());
        }
        assert_eq!(kinds.len(), 5, "make, put, clear, paragraph, text");
        assert!(changes > 1_500, "{changes} changes");
    }
}
