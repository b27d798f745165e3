//! The plan as of any entry and any time equals a replay of the journal up to there: cells, values that stand side by
//! side, texts, who made and changed what. Histories are random, of people who have not seen each other's last edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{ActorId, Cell, ItemId, ParagraphId, Part, PersonId, PlanId, Scalar, Schema, SectionId, Seq, TimestampMs};
use journal::{Append, Journal, Key, NewRecord, Options, SegmentJournal};
use plan::{Edit, Limits, Table, decode, genesis, precheck};
use protocol::{Body, Entry};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::harness::{Browser, Place, item};

/// Changes of a history: some 1,200 facts, so that several states are saved.
const CHANGES: usize = 900;
/// Moments that are compared in each history.
const MOMENTS: usize = 16;
/// People who write; each from a table that is now and then behind.
const WRITERS: usize = 3;

/// Numbers from a seed, the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % end as u64).expect("below a small number")
    }
}

/// What was written, with what is known of each entry.
struct Written {
    records: Vec<NewRecord>,
    /// The plan after each entry, folded without any read model.
    changes: Vec<(TimestampMs, PersonId, Seq, bytes::Bytes)>,
}

struct Writer {
    actor: ActorId,
    person: PersonId,
    table: Table,
}

const SECTION: SectionId = SectionId::Opportunities;

fn writers(people: &[PersonId]) -> Vec<Writer> {
    let writer = |(n, person): (usize, &PersonId)| Writer {
        actor: ActorId([u8::try_from(n).expect("few") + 1; 16]),
        person: *person,
        table: Table::new(),
    };
    people.iter().enumerate().map(writer).collect()
}

fn edits(chance: &mut Chance, writer: &Writer) -> Vec<Edit> {
    let count = writer.table.items(SECTION).count();
    if count == 0 || chance.below(12) == 0 {
        let new = ItemId(Uuid::from_u128(
            item(0).0.as_u128() | ((u128::from(writer.actor.0[0]) << 32) | (count as u128 + 1)),
        ));
        let fields = vec![("title".to_owned(), Scalar::Str(format!("Deal {count}")))];
        return vec![Edit::MakeItem {
            section: SECTION,
            item: new,
            fields,
        }];
    }
    // Mostly one of a few, so that people meet.
    let among = if chance.below(4) > 0 { count.min(4) } else { count };
    let item = writer
        .table
        .items(SECTION)
        .nth(chance.below(among))
        .expect("it is among them");
    let cell = |field: &str| Cell::field(SECTION, item, field);
    let number = chance.below(1_000);
    let put = |cell: Cell, value: Scalar| vec![Edit::Put { cell, value }];
    match chance.below(10) {
        0 => put(cell("amount"), Scalar::Str(format!("{number} EUR"))),
        1 => put(
            cell("probability"),
            Scalar::Int(i64::try_from(number % 101).expect("small")),
        ),
        2 => vec![Edit::Clear { cell: cell("amount") }],
        3 => put(cell("deleted"), Scalar::Bool(number.is_multiple_of(2))),
        4 => put(Cell::own(SECTION, item, writer.person, "vote"), Scalar::Int(2)),
        5 => {
            let target = writer.table.items(SECTION).next().expect("there is one").to_string();
            let link = Cell::link(SECTION, item, "supports", &target);
            let note = Edit::Put {
                cell: link.with_suffix("note"),
                value: Scalar::Str(format!("why {number}")),
            };
            vec![
                Edit::Put {
                    cell: link,
                    value: Scalar::Int(1),
                },
                note,
            ]
        }
        6 => put(cell("title"), Scalar::Str(format!("Deal {number} größer"))),
        _ => text(chance, writer, item),
    }
}

fn text(chance: &mut Chance, writer: &Writer, item: ItemId) -> Vec<Edit> {
    let words = ["neu ", "😀", "budget ", "ü"][chance.below(4)];
    let paragraphs = writer.table.paragraphs(SECTION, item);
    if paragraphs.is_empty() || chance.below(8) == 0 {
        let n = u128::from(writer.actor.0[0]) << 64 | paragraphs.len() as u128;
        let paragraph = ParagraphId(Uuid::from_u128(item.0.as_u128() ^ (n + 1)));
        let cell = Cell::paragraph(SECTION, item, "notes", paragraph);
        let rank = Edit::Put {
            cell: cell.with_suffix("rank"),
            value: Scalar::from("80"),
        };
        return vec![
            Edit::MakeParagraph {
                cell,
                text: words.to_owned(),
            },
            rank,
        ];
    }
    let cell = paragraphs[chance.below(paragraphs.len())].clone();
    let chars: Vec<char> = writer.table.text(&cell).unwrap_or_default().chars().collect();
    let from = chance.below(chars.len() + 1);
    let to = (from + chance.below(3)).min(chars.len());
    let units = |chars: &[char]| chars.iter().map(|char| char.len_utf16()).sum::<usize>();
    vec![Edit::Splice {
        cell,
        at: u32::try_from(units(&chars[..from])).expect("short"),
        delete: u32::try_from(units(&chars[from..to])).expect("short"),
        insert: words.to_owned(),
    }]
}

/// A random history of people who are now and then behind each other.
fn write(seed: u64, people: &[PersonId], begin: TimestampMs) -> Written {
    let mut chance = Chance(seed);
    let mut written = Written {
        records: Vec::new(),
        changes: Vec::new(),
    };
    let mut writers = writers(people);
    let first = genesis();
    written.push(begin, PersonId::SERVER, Seq::ZERO, first.hash, first.bytes.clone());
    while written.changes.len() < CHANGES {
        let turn = chance.below(WRITERS);
        let writer = &mut writers[turn];
        // Often some entries behind, but never behind an own one.
        if chance.below(3) == 0 {
            written.catch_up(&mut writer.table);
        }
        if writer.table.last() == Seq::ZERO {
            continue;
        }
        let edits = edits(&mut chance, writer);
        let at = TimestampMs(begin.0 + i64::try_from(written.changes.len()).expect("small") * 1_000);
        let Ok(Some(authored)) = writer.table.author(writer.actor, at, &edits) else {
            continue;
        };
        let (person, base) = (writer.person, authored.base);
        written.push(at, person, base, authored.hash, authored.bytes);
        written.catch_up(&mut writer.table);
    }
    written
}

impl Written {
    fn push(&mut self, at: TimestampMs, author: PersonId, base: Seq, hash: domain::ChangeHash, bytes: bytes::Bytes) {
        let body = Body::Change {
            hash,
            base,
            bytes: bytes.clone(),
        };
        let payload = protocol::encode_entry(&Entry { epoch: 0, author, body });
        self.records.push(NewRecord {
            key: Key(hash.0),
            at,
            payload,
        });
        self.changes.push((at, author, base, bytes));
    }

    /// Brings a table to the end, or to an entry.
    fn catch_up(&self, table: &mut Table) {
        self.replay(table, Seq(self.changes.len() as u64), &mut |_| {});
    }

    fn replay(&self, table: &mut Table, upto: Seq, each: &mut dyn FnMut(&domain::Fact)) {
        let from = usize::try_from(table.last().0).expect("small");
        for (at, author, base, bytes) in &self.changes[from..usize::try_from(upto.0).expect("small")] {
            let checked = precheck(bytes, &Limits::of_journal()).expect("it was authored");
            let seq = table.last().next();
            let admitted = table.replay(seq, *base, &decode(&checked).expect("it was authored"));
            let admitted = admitted.expect("it fits the history");
            admitted.facts(seq, *at, *author).iter().for_each(&mut *each);
        }
    }

    /// What a replay up to an entry says, as the server would.
    fn expected(&self, upto: Seq) -> Value {
        let mut table = Table::new();
        let mut stamps: BTreeMap<(SectionId, ItemId), (Value, Value)> = BTreeMap::new();
        self.replay(&mut table, upto, &mut |fact| {
            let stamp = json!({ "seq": fact.seq, "at": fact.at, "by": fact.author });
            let of_item = stamps.entry((fact.cell.section, fact.cell.item));
            of_item.or_insert_with(|| (stamp.clone(), Value::Null)).1 = stamp.clone();
        });
        let mut items = Vec::new();
        for section in SectionId::ALL {
            for item in table.items(section) {
                items.push(expected_item(&table, section, item, &stamps[&(section, item)]));
            }
        }
        Value::Array(items)
    }
}

fn expected_item(table: &Table, section: SectionId, item: ItemId, (made, changed): &(Value, Value)) -> Value {
    let plain = |scalar: &Scalar| match scalar {
        Scalar::Str(text) => json!(text),
        Scalar::Int(number) => json!(number),
        Scalar::Bool(yes) => json!(yes),
    };
    let mut parts: BTreeMap<Part, Map<String, Value>> = BTreeMap::new();
    let mut also: BTreeMap<Part, Map<String, Value>> = BTreeMap::new();
    for (cell, _) in table.cells(section, item) {
        let mut values = table.values(&cell);
        let winner = values.remove(0);
        parts
            .entry(cell.part)
            .or_default()
            .insert(cell.key.clone(), plain(&winner));
        if !values.is_empty() {
            values.reverse();
            let values = values.iter().map(plain).collect();
            also.entry(cell.part).or_default().insert(cell.key, values);
        }
    }
    for cell in table.paragraphs(section, item) {
        let text = table.text(&cell).unwrap_or_default();
        parts.entry(Part::Prose).or_default().insert(cell.key, json!(text));
    }
    let mut view = json!({
        "section": section, "item": item, "made": made, "changed": changed,
        "fields": parts.remove(&Part::Fields).unwrap_or_default(), "links": parts.remove(&Part::Links).unwrap_or_default(),
        "own": parts.remove(&Part::Own).unwrap_or_default(), "prose": parts.remove(&Part::Prose).unwrap_or_default(),
    });
    if !also.is_empty() {
        view["also"] = json!(also);
    }
    view
}

async fn compare(who: &Browser<'_>, plan: PlanId, written: &Written, chance: &mut Chance, seed: u64) {
    for _ in 0..MOMENTS {
        let upto = Seq(chance.below(written.changes.len() + 1) as u64);
        let by_entry = who.get(&format!("/api/v1/plans/{plan}/as-of?seq={upto}")).await.json();
        let expected = written.expected(upto);
        assert!(
            by_entry["items"] == expected,
            "seed {seed}: as of entry {upto}\n{by_entry}\n{expected}"
        );
        let Some(last) = usize::try_from(upto.0).ok().and_then(|upto| upto.checked_sub(1)) else {
            continue;
        };
        let at = written.changes[last].0.0 + 999;
        let by_time = who.get(&format!("/api/v1/plans/{plan}/as-of?at={at}")).await.json();
        assert_eq!(by_time["seq"], json!(upto), "seed {seed}: as of {at}");
        assert!(by_time["items"] == expected, "seed {seed}: as of {at}");
    }
}

#[tokio::test]
async fn as_of_any_moment_equals_a_replay_of_the_journal() {
    let seeds = if std::env::var_os("INTERLOCK_LONG").is_some() {
        60
    } else {
        3
    };
    for seed in 0..seeds {
        let place = Place::new();
        let server = place.start().await;
        let (_, plan) = server.ada_with_a_plan().await;
        let names = ["ada@example.com", "bob@example.com", "eve@example.com"];
        for name in names {
            server.sign_in(name).await;
        }
        let people = names.map(|name| server.person(name));
        let begin = server.app.clock.now();
        server.stop().await;

        let written = write(seed, &people, begin);
        let open = || SegmentJournal::open(&place.data().join("journal"), Options::default()).expect("it opens");
        let journal = Arc::new(open());
        let append = Append {
            stream: plan.into(),
            expect: Some(Seq::ZERO),
            records: written.records.clone(),
        };
        journal.append(append).await.expect("it is taken");
        // The history is hours long: the clock has gone on.
        place.pass(10 * 3_600_000);

        // Folded from the journal at the start; then again without its cache.
        let mut chance = Chance(seed ^ 0x5eed);
        let server = place.start_on(journal).await;
        let ada = server.sign_in("ada@example.com").await;
        compare(&ada, plan, &written, &mut chance, seed).await;
        server.stop().await;
        let server = place.start().await;
        let ada = server.sign_in("ada@example.com").await;
        compare(&ada, plan, &written, &mut chance, seed).await;
        server.stop().await;
    }
}

#[test]
fn the_histories_have_what_makes_them_hard() {
    let people = [1, 2, 3].map(|n| PersonId(Uuid::from_u128(n)));
    let written = write(0, &people, TimestampMs(0));
    let mut table = Table::new();
    let (mut facts, mut side_by_side) = (0, 0);
    written.replay(&mut table, Seq(CHANGES as u64), &mut |fact| {
        facts += 1;
        let is_beside = matches!(&fact.delta, domain::Delta::Set { also, .. } if !also.is_empty());
        side_by_side += usize::from(is_beside);
    });
    assert!(facts > 1_000, "several states are saved: {facts}");
    assert!(side_by_side > 5, "people write at the same time: {side_by_side}");
    let schema = Schema::standard();
    assert!(
        schema
            .section(SECTION)
            .is_some_and(|section| section.field("supports").is_some())
    );
}
