//! The sample plan's data file, read into steps: who edited what, when.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use domain::{Cell, Field, ItemId, Kind, Money, ParagraphId, Part, PersonId, Scalar, Schema, SectionId, TimestampMs};
use plan::{Edit, rank_between};
use toml::{Table, Value};
use uuid::Uuid;

/// The data file: a part of the program, so that `--sample` needs nothing beside it.
const DATA: &str = include_str!("../../sample/nordwind.toml");

/// Minutes between an item's entry and what a colleague adds to it: their own view, or a link to an item that came later.
const LATER_MINUTES: i64 = 17;

/// The data file does not say what it should: a fault of ours, found by the test below.
#[derive(Debug, thiserror::Error)]
#[error("the sample's data: {place}: {what}")]
pub struct DataError {
    place: String,
    what: String,
}

fn fault(place: &str, what: impl std::fmt::Display) -> DataError {
    DataError {
        place: place.to_owned(),
        what: what.to_string(),
    }
}

/// A person of the sample.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they run the workspace.
    pub administrator: bool,
}

/// One change: what one person did at one moment.
#[derive(Debug, Clone)]
pub struct Step {
    /// When.
    pub at: TimestampMs,
    /// Who.
    pub author: PersonId,
    /// What.
    pub edits: Vec<Edit>,
}

/// The whole sample: its people, its plan and how the plan came to be.
#[derive(Debug)]
pub struct Script {
    /// The plan's name.
    pub plan_name: String,
    /// Everyone.
    pub people: Vec<Member>,
    /// Who made the plan.
    pub founder: PersonId,
    /// When the workspace began: before the first step.
    pub begins: TimestampMs,
    /// In order of time.
    pub steps: Vec<Step>,
}

impl Script {
    /// Reads the data file as of `now`: its days count back from today. `known` are the people whom the workspace has
    /// already, by address: they keep their ids.
    pub fn as_of(now: TimestampMs, schema: &Schema, known: &BTreeMap<String, PersonId>) -> Result<Self, DataError> {
        Reader::new(now, schema, known)?.read()
    }
}

/// An entry of the file: an item, or one of the two single items.
struct Source<'a> {
    section: SectionId,
    item: ItemId,
    at: TimestampMs,
    author: PersonId,
    rank: Option<String>,
    table: &'a Table,
}

struct Reader<'a> {
    now: DateTime<Utc>,
    schema: &'a Schema,
    known: &'a BTreeMap<String, PersonId>,
    data: Table,
    people: BTreeMap<String, Member>,
    /// By the item's short key: where it is and when it was made.
    items: BTreeMap<String, (SectionId, ItemId, TimestampMs)>,
    steps: Vec<Step>,
}

/// Keys of an entry that are not fields.
const META: [&str; 5] = ["by", "day", "at", "commit", "fields"];

impl<'a> Reader<'a> {
    fn new(now: TimestampMs, schema: &'a Schema, known: &'a BTreeMap<String, PersonId>) -> Result<Self, DataError> {
        let data: Table = DATA.parse().map_err(|error| fault("file", error))?;
        let now = DateTime::from_timestamp_millis(now.0).ok_or_else(|| fault("now", "out of range"))?;
        Ok(Self {
            now,
            schema,
            known,
            data,
            people: BTreeMap::new(),
            items: BTreeMap::new(),
            steps: Vec::new(),
        })
    }

    fn read(mut self) -> Result<Script, DataError> {
        let data = std::mem::take(&mut self.data);
        self.read_people(table(&data, "people")?)?;
        let sources = self.read_sources(&data)?;
        for source in &sources {
            self.read_source(source)?;
        }
        for change in data.get("change").and_then(Value::as_array).into_iter().flatten() {
            self.read_change(change.as_table().ok_or_else(|| fault("change", "not a table"))?)?;
        }
        self.steps.sort_by_key(|step| step.at);
        let begins = self
            .steps
            .first()
            .map_or(0, |step| step.at.0 - Duration::hours(1).num_milliseconds());
        Ok(Script {
            plan_name: text(&data, "name")?.to_owned(),
            founder: self.person("mara")?,
            people: self.people.into_values().collect(),
            begins: TimestampMs(begins),
            steps: self.steps,
        })
    }

    fn read_people(&mut self, people: &Table) -> Result<(), DataError> {
        let begin = self.now - Duration::days(60);
        for (key, person) in people {
            let person = person.as_table().ok_or_else(|| fault(key, "not a table"))?;
            let email = text(person, "email")?.to_owned();
            let member = Member {
                id: self.known.get(&email).copied().unwrap_or(PersonId(id_at(begin, key))),
                name: text(person, "name")?.to_owned(),
                email,
                administrator: person.get("administrator").and_then(Value::as_bool).unwrap_or(false),
            };
            self.people.insert(key.clone(), member);
        }
        Ok(())
    }

    /// Names every item first, because items refer to each other both ways.
    fn read_sources<'d>(&mut self, data: &'d Table) -> Result<Vec<Source<'d>>, DataError> {
        let mut sources = Vec::new();
        for section in SectionId::ALL.into_iter().filter(|section| section.is_single()) {
            let table = table(data, section.as_str())?;
            let (at, author) = self.when_and_who(section.as_str(), table)?;
            sources.push(Source {
                section,
                item: ItemId::SINGLE,
                at,
                author,
                rank: None,
                table,
            });
        }
        for (section, items) in table(data, "items")? {
            let section = SectionId::from_str(section).map_err(|error| fault(section, error))?;
            let items = items.as_table().ok_or_else(|| fault(section.as_str(), "not a table"))?;
            let mut rank: Option<String> = None;
            for (key, item) in items {
                let table = item.as_table().ok_or_else(|| fault(key, "not a table"))?;
                let (at, author) = self.when_and_who(key, table)?;
                let made = DateTime::from_timestamp_millis(at.0).ok_or_else(|| fault(key, "out of range"))?;
                let item = ItemId(id_at(made, key));
                if self.items.insert(key.clone(), (section, item, at)).is_some() {
                    return Err(fault(key, "a second item of this name"));
                }
                rank = Some(rank_between(rank.as_deref(), None));
                sources.push(Source {
                    section,
                    item,
                    at,
                    author,
                    rank: rank.clone(),
                    table,
                });
            }
        }
        Ok(sources)
    }

    fn read_source(&mut self, source: &Source<'_>) -> Result<(), DataError> {
        let fields = source.table.iter().filter(|(key, _)| !META.contains(&key.as_str()));
        let extra = source
            .table
            .get("fields")
            .and_then(Value::as_table)
            .into_iter()
            .flatten();
        let mut writes = Vec::new();
        for (key, value) in fields.chain(extra) {
            writes.extend(self.writes(source.section, source.item, key, value, source.author)?);
        }
        if source.table.get("commit").is_some() {
            writes.push(self.commitment(source)?);
        }
        let mut edits = Vec::new();
        if let Some(rank) = &source.rank {
            let fields = vec![("rank".to_owned(), Scalar::Str(rank.clone()))];
            edits.push(Edit::MakeItem {
                section: source.section,
                item: source.item,
                fields,
            });
        }
        let later = source.at.0 + Duration::minutes(LATER_MINUTES).num_milliseconds();
        let (now, after): (Vec<Write>, Vec<Write>) = writes
            .into_iter()
            .partition(|write| write.author == source.author && write.not_before <= source.at);
        edits.extend(now.into_iter().flat_map(|write| write.edits));
        self.steps.push(Step {
            at: source.at,
            author: source.author,
            edits,
        });
        for write in after {
            let at = TimestampMs(later.max(write.not_before.0 + 1).min(self.now.timestamp_millis()));
            self.steps.push(Step {
                at,
                author: write.author,
                edits: write.edits,
            });
        }
        Ok(())
    }

    fn read_change(&mut self, change: &Table) -> Result<(), DataError> {
        let key = text(change, "item")?;
        let (at, author) = self.when_and_who(key, change)?;
        let (section, item, _) = self.item(key)?;
        let mut edits = Vec::new();
        for (field, value) in change.get("set").and_then(Value::as_table).into_iter().flatten() {
            for write in self.writes(section, item, field, value, author)? {
                edits.extend(write.edits);
            }
        }
        for (field, value) in change.get("append").and_then(Value::as_table).into_iter().flatten() {
            let words = value.as_str().ok_or_else(|| fault(field, "not text"))?;
            // 'c' sorts behind every rank of the paragraphs that the item was made with.
            let rank = rank_between(Some(&first_ranks(8)), None);
            edits.extend(paragraph(section, item, field, words, &rank, at));
        }
        self.steps.push(Step { at, author, edits });
        Ok(())
    }

    fn when_and_who(&self, key: &str, table: &Table) -> Result<(TimestampMs, PersonId), DataError> {
        let days = table
            .get("day")
            .and_then(Value::as_integer)
            .ok_or_else(|| fault(key, "no day"))?;
        let time = NaiveTime::parse_from_str(text(table, "at")?, "%H:%M").map_err(|error| fault(key, error))?;
        let day = self.now.date_naive() - Duration::days(days);
        // What the file says of this morning may still lie ahead of us.
        let at = day.and_time(time).and_utc().min(self.now);
        Ok((TimestampMs(at.timestamp_millis()), self.person(text(table, "by")?)?))
    }

    fn person(&self, key: &str) -> Result<PersonId, DataError> {
        self.people
            .get(key)
            .map(|member| member.id)
            .ok_or_else(|| fault(key, "no such person"))
    }

    fn item(&self, key: &str) -> Result<(SectionId, ItemId, TimestampMs), DataError> {
        self.items.get(key).copied().ok_or_else(|| fault(key, "no such item"))
    }

    fn day(&self, text: &str) -> Result<NaiveDate, DataError> {
        let days: i64 = text.parse().map_err(|error| fault(text, error))?;
        Ok(self.now.date_naive() + Duration::days(days))
    }

    fn commitment(&self, source: &Source<'_>) -> Result<Write, DataError> {
        let owner = self.person(text(source.table, "owner")?)?;
        let due = self.day(text(source.table, "due")?)?.to_string();
        let cell = Cell::own(source.section, source.item, owner, "commitment");
        let value = Scalar::Str(domain::commitment(owner, Some(&due)));
        Ok(Write {
            author: owner,
            not_before: source.at,
            edits: vec![Edit::Put { cell, value }],
        })
    }
}

/// What one person writes, not before what it refers to exists.
struct Write {
    author: PersonId,
    not_before: TimestampMs,
    edits: Vec<Edit>,
}

impl Reader<'_> {
    fn writes(
        &self,
        section: SectionId,
        item: ItemId,
        key: &str,
        value: &Value,
        author: PersonId,
    ) -> Result<Vec<Write>, DataError> {
        let field = self.schema.section(section).and_then(|section| section.field(key));
        let field = field.ok_or_else(|| fault(key, format!("no such field in {section}")))?;
        let put = |cell: Cell, value: Scalar, author: PersonId, not_before: TimestampMs| Write {
            author,
            not_before,
            edits: vec![Edit::Put { cell, value }],
        };
        match field.part() {
            Part::Fields => {
                let (scalar, not_before) = self.scalar(field, value)?;
                Ok(vec![put(Cell::field(section, item, key), scalar, author, not_before)])
            }
            Part::Own => {
                let views = value
                    .as_table()
                    .ok_or_else(|| fault(key, "expected { person = value }"))?;
                let view = |(person, value): (&String, &Value)| {
                    let person = self.person(person)?;
                    let (scalar, not_before) = self.scalar(field, value)?;
                    Ok(put(Cell::own(section, item, person, key), scalar, person, not_before))
                };
                views.iter().map(view).collect()
            }
            Part::Links => {
                let link = |(target, strength): (String, Scalar)| {
                    let (target, not_before) = self.target(field, &target)?;
                    Ok(put(
                        Cell::link(section, item, key, &target),
                        strength,
                        author,
                        not_before,
                    ))
                };
                targets(key, value)?.into_iter().map(link).collect()
            }
            Part::Prose => {
                let words = value.as_array().ok_or_else(|| fault(key, "expected [ paragraphs ]"))?;
                let mut rank = String::new();
                let mut edits = Vec::new();
                for (index, words) in words.iter().enumerate() {
                    rank = rank_between((index > 0).then_some(rank.as_str()), None);
                    let words = words.as_str().ok_or_else(|| fault(key, "not text"))?;
                    edits.extend(paragraph(
                        section,
                        item,
                        key,
                        words,
                        &rank,
                        TimestampMs(self.now.timestamp_millis()),
                    ));
                }
                Ok(vec![Write {
                    author,
                    not_before: TimestampMs(0),
                    edits,
                }])
            }
        }
    }

    fn target(&self, field: &Field, target: &str) -> Result<(String, TimestampMs), DataError> {
        match field.kind {
            Kind::Items { .. } => self.item(target).map(|(_, item, made)| (item.to_string(), made)),
            Kind::Sellers => Ok((self.person(target)?.to_string(), TimestampMs(0))),
            _ => Ok((target.to_owned(), TimestampMs(0))),
        }
    }

    fn scalar(&self, field: &Field, value: &Value) -> Result<(Scalar, TimestampMs), DataError> {
        let key = &field.key;
        let always = |scalar| Ok((scalar, TimestampMs(0)));
        match (&field.kind, value) {
            (Kind::Date, Value::String(days)) => always(Scalar::Str(self.day(days)?.to_string())),
            (Kind::Money, Value::String(amount)) => always(Scalar::Str(money(key, amount)?)),
            (Kind::Seller, Value::String(person)) => always(Scalar::Str(self.person(person)?.to_string())),
            (Kind::Item(_), Value::String(item)) => self
                .item(item)
                .map(|(_, item, made)| (Scalar::Str(item.to_string()), made)),
            (_, Value::String(text)) => always(Scalar::Str(text.clone())),
            (_, Value::Integer(number)) => always(Scalar::Int(*number)),
            (_, Value::Boolean(yes)) => always(Scalar::Bool(*yes)),
            _ => Err(fault(key, "a value of a kind that no field takes")),
        }
    }
}

/// Link targets: `["a", "b"]`, or `{ a = 3 }` with strengths.
fn targets(key: &str, value: &Value) -> Result<Vec<(String, Scalar)>, DataError> {
    match value {
        Value::Array(targets) => {
            let target = |target: &Value| target.as_str().map(|target| (target.to_owned(), Scalar::Bool(true)));
            targets
                .iter()
                .map(target)
                .collect::<Option<_>>()
                .ok_or_else(|| fault(key, "not a target"))
        }
        Value::Table(targets) => {
            let target =
                |(target, strength): (&String, &Value)| Some((target.clone(), Scalar::Int(strength.as_integer()?)));
            targets
                .iter()
                .map(target)
                .collect::<Option<_>>()
                .ok_or_else(|| fault(key, "not a strength"))
        }
        _ => Err(fault(key, "expected targets")),
    }
}

/// `420000 EUR`, in whole units, as the document holds it.
fn money(key: &str, amount: &str) -> Result<String, DataError> {
    let whole: Money = amount.parse().map_err(|error| fault(key, error))?;
    let minor = whole.minor * 10_i64.pow(Money::exponent(whole.currency));
    Ok(Money { minor, ..whole }.to_string())
}

fn paragraph(section: SectionId, item: ItemId, field: &str, words: &str, rank: &str, at: TimestampMs) -> [Edit; 2] {
    let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    let cell = Cell::paragraph(
        section,
        item,
        field,
        ParagraphId(id_at(at, &format!("{item}{field}{words}"))),
    );
    let ranked = Edit::Put {
        cell: cell.with_suffix("rank"),
        value: rank.into(),
    };
    [
        Edit::MakeParagraph {
            cell,
            text: words.to_owned(),
        },
        ranked,
    ]
}

/// A rank behind those of the first `count` paragraphs.
fn first_ranks(count: usize) -> String {
    (0..count).fold(rank_between(None, None), |rank, _| rank_between(Some(&rank), None))
}

/// A UUIDv7 of that moment, the same for the same name: a sample made twice at one moment is the same sample.
fn id_at(moment: DateTime<Utc>, name: &str) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..10]);
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

fn table<'t>(from: &'t Table, key: &str) -> Result<&'t Table, DataError> {
    from.get(key)
        .and_then(Value::as_table)
        .ok_or_else(|| fault(key, "no such table"))
}

fn text<'t>(from: &'t Table, key: &str) -> Result<&'t str, DataError> {
    from.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| fault(key, "no such text"))
}

#[cfg(test)]
mod tests {
    use domain::Author;

    use super::*;

    fn script() -> Script {
        // 2026-11-22T12:00:00Z
        let now = TimestampMs(1_795_348_800_000);
        Script::as_of(now, &Schema::standard(), &BTreeMap::new()).expect("the data file is whole")
    }

    #[test]
    fn the_sample_tells_several_weeks_of_several_authors() {
        let script = script();
        let first = script.steps.first().expect("there are steps").at.0;
        let last = script.steps.last().expect("there are steps").at.0;
        assert!(last - first > Duration::days(35).num_milliseconds());
        let authors: std::collections::BTreeSet<PersonId> = script.steps.iter().map(|step| step.author).collect();
        assert!(authors.len() >= 12, "{} authors", authors.len());
    }

    #[test]
    fn every_value_of_the_sample_fits_the_schema() {
        let schema = Schema::standard();
        for step in script().steps {
            for edit in step.edits {
                match edit {
                    Edit::Put { cell, value } => {
                        assert_eq!(
                            schema.check_scalar(Author::executive(step.author), &cell, Some(&value)),
                            Ok(()),
                            "{cell} = {value}"
                        );
                    }
                    Edit::MakeParagraph { cell, .. } => assert_eq!(
                        schema.check_paragraph(Author::executive(step.author), &cell),
                        Ok(()),
                        "{cell}"
                    ),
                    Edit::MakeItem { .. } | Edit::Clear { .. } | Edit::Splice { .. } => {}
                }
            }
        }
    }

    #[test]
    fn nothing_of_the_sample_is_edited_before_it_is_made() {
        let mut made = std::collections::BTreeSet::from([ItemId::SINGLE]);
        for step in script().steps {
            for edit in step.edits {
                match edit {
                    Edit::MakeItem { item, .. } => assert!(made.insert(item)),
                    Edit::Put { cell, .. } | Edit::MakeParagraph { cell, .. } => {
                        assert!(made.contains(&cell.item), "{cell} at {}", step.at.0);
                    }
                    Edit::Clear { .. } | Edit::Splice { .. } => {}
                }
            }
        }
    }

    #[test]
    fn the_sample_keeps_the_order_of_its_file() {
        let script = script();
        let title = |edit: &Edit| match edit {
            Edit::Put {
                cell,
                value: Scalar::Str(title),
            } if cell.key == "title" => Some((cell.item, title.clone())),
            _ => None,
        };
        let edits: Vec<&Edit> = script.steps.iter().flat_map(|step| &step.edits).collect();
        let titles: BTreeMap<ItemId, String> = edits.iter().copied().filter_map(title).collect();
        let rank = |edit: &&Edit| match edit {
            Edit::MakeItem {
                section: SectionId::Opportunities,
                item,
                fields,
            } => Some((fields[0].1.to_string(), *item)),
            _ => None,
        };
        let ranked: BTreeMap<String, ItemId> = edits.iter().filter_map(rank).collect();
        let first = ranked.values().next().and_then(|item| titles.get(item));
        assert_eq!(first.map(String::as_str), Some("Yard automation, Hamburg terminal"));
    }
}
