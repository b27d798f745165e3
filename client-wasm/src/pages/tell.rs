//! What happened, in words: one line for a fact, and one for a burst of facts of one hand at one cell.

mod values;

use std::collections::BTreeMap;

use domain::schema::Schema;
use domain::{Cell, Delta, Fact, Part, PersonId, Scalar, SectionId, Seq, TimestampMs};

use crate::api::past::{Piece, TitledFact};
use crate::edit::directory::Directory;
use crate::history::splices::{Splice, together, units};
use values::{hidden_of, is_deletion, words_of};

/// How far apart two edits of one person at one cell may be and still be one line.
const BURST_MS: i64 = 10 * 60 * 1_000;
/// How much earlier than it was sent an edit was made that is told as made offline.
const OFFLINE_MS: i64 = 2 * 60 * 1_000;
/// How much of a text a line shows, in characters.
const TEXT_CHARS_MAX: usize = 120;

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The newest entry in it.
    pub(crate) seq: Seq,
    /// The oldest entry in it.
    pub(crate) first: Seq,
    /// When that was.
    pub(crate) at: TimestampMs,
    /// When it was made, as its author's device says, where that is long before it was sent.
    pub(crate) offline: Option<TimestampMs>,
    /// By whom.
    pub(crate) author: PersonId,
    /// Where.
    pub(crate) cell: Cell,
    /// What its item was called then, where the server says it.
    pub(crate) title: Option<String>,
    /// What was done: "added", "deleted", or the field's name.
    pub(crate) what: String,
    /// The value before, where it is told.
    pub(crate) old: Option<String>,
    /// The value after, where it is told.
    pub(crate) new: Option<String>,
    /// Of a text: what was taken out and put in.
    pub(crate) diff: Vec<Piece>,
}

/// The texts of paragraphs as they stand behind the newest of the facts that are told, where they are known.
pub(crate) type Texts<'a> = &'a dyn Fn(&Cell) -> Option<String>;

/// A fact that is being told, with what it did to a text and the text behind it.
struct Telling {
    line: Told,
    splice: Option<Splice>,
    after: Option<Vec<u16>>,
}

/// Facts, newest first, as lines. What only keeps order is not told; the first values of a new item belong to its
/// "added".
pub(crate) fn told(schema: &Schema, names: &dyn Directory, facts: &[TitledFact], texts: Texts<'_>) -> Vec<Told> {
    let mut bursts: Vec<Vec<Telling>> = Vec::new();
    // The last burst at each cell: what was done elsewhere in between is told elsewhere, in each view alike.
    let mut last: BTreeMap<Cell, usize> = BTreeMap::new();
    let mut known: BTreeMap<Cell, Option<Vec<u16>>> = BTreeMap::new();
    for titled in facts {
        let fact = &titled.fact;
        let is_of_making = facts
            .iter()
            .map(|other| &other.fact)
            .any(|other| other.seq == fact.seq && other.delta == Delta::ItemMade && same_item(&other.cell, &fact.cell));
        if is_of_making && fact.delta != Delta::ItemMade {
            continue;
        }
        let telling = telling(schema, names, titled, texts, &mut known);
        let Some(earlier) = telling else { continue };
        let at = last.get(&earlier.line.cell).copied();
        match at.and_then(|at| bursts.get_mut(at)) {
            Some(later) if later.first().is_some_and(|later| is_burst(&later.line, &earlier.line)) => {
                later.push(earlier);
            }
            _ => {
                last.insert(earlier.line.cell.clone(), bursts.len());
                bursts.push(vec![earlier]);
            }
        }
    }
    bursts.into_iter().flat_map(finished).collect()
}

/// The lines of a burst, newest first: one, from what stood before it to what stands behind it. Where that is the same,
/// its last change is told by itself: what was taken back was written.
fn finished(mut burst: Vec<Telling>) -> Vec<Told> {
    let mut lines = Vec::new();
    while let Some(last) = burst.first() {
        let seq = last.line.seq;
        let earlier = burst.iter().position(|telling| telling.line.seq != seq);
        let earlier = earlier.map_or_else(Vec::new, |at| burst.split_off(at));
        let line = together_told(burst.iter().chain(&earlier));
        if line.is_some() {
            lines.extend(line);
            break;
        }
        lines.extend(together_told(burst.iter()));
        burst = earlier;
    }
    lines
}

/// Edits of one cell, newest first, as one line; nothing where they change nothing.
fn together_told<'a>(burst: impl DoubleEndedIterator<Item = &'a Telling> + Clone) -> Option<Told> {
    let (last, first) = (burst.clone().next()?, burst.clone().next_back()?);
    let mut line = last.line.clone();
    line.first = first.line.first;
    if burst.clone().any(|telling| telling.line.old.is_some()) {
        line.old.clone_from(&first.line.old);
    }
    let has_values = |telling: &Telling| telling.line.old.is_some() || telling.line.new.is_some();
    let is_nothing = line.old == line.new && burst.clone().any(has_values);
    let splices: Vec<Splice> = burst.rev().filter_map(|telling| telling.splice.clone()).collect();
    if splices.is_empty() {
        return (!is_nothing).then_some(line);
    }
    line.diff = together(&splices, last.after.as_deref());
    let differs = line.diff.iter().any(|piece| !matches!(piece, Piece::Same(_)));
    differs.then_some(line)
}

fn same_item(one: &Cell, other: &Cell) -> bool {
    one.section == other.section && one.item == other.item
}

fn is_burst(later: &Told, earlier: &Told) -> bool {
    later.author == earlier.author
        && later.cell == earlier.cell
        && (later.cell.part != Part::Prose || (is_text(later) && is_text(earlier)))
        && !later.cell.key.is_empty()
        && !is_deletion(&later.cell)
        && later.at.0 - earlier.at.0 <= BURST_MS
}

/// Whether the line is of a text; what is done to a paragraph as a whole is told by itself.
fn is_text(line: &Told) -> bool {
    line.cell.key.split(':').count() == 2
}

fn telling(
    schema: &Schema,
    names: &dyn Directory,
    titled: &TitledFact,
    texts: Texts<'_>,
    known: &mut BTreeMap<Cell, Option<Vec<u16>>>,
) -> Option<Telling> {
    let fact = &titled.fact;
    let edit = text_edit(fact);
    let mut after = None;
    if let Some(edit) = &edit {
        let text = known
            .entry(fact.cell.clone())
            .or_insert_with(|| texts(&fact.cell).map(|text| units(&text)));
        after = text.take();
        *text = after.as_ref().and_then(|after| edit.wound_back(after));
        if text.is_none() {
            after = None; // it does not fit: what stood around is not known
        }
    }
    let (what, old, new) = words_of(schema, names, fact)?;
    Some(Telling {
        line: Told {
            seq: fact.seq,
            first: fact.seq,
            at: fact.at,
            offline: made_offline(fact),
            author: fact.author,
            cell: fact.cell.clone(),
            title: titled.title.clone(),
            what,
            old,
            new,
            diff: Vec::new(),
        },
        splice: edit,
        after,
    })
}

/// The edit of a text: a splice; or, where a paragraph is one value, all of it.
fn text_edit(fact: &Fact) -> Option<Splice> {
    match &fact.delta {
        Delta::Text { at, old, new } => Some(Splice::new(*at, old, new)),
        Delta::Set { old, new, .. } if fact.cell.part == Part::Prose && fact.cell.key.split(':').count() == 2 => {
            let text = |value: &Option<Scalar>| value.as_ref().and_then(Scalar::as_str).unwrap_or_default().to_owned();
            // Of what cannot be read there is nothing to compare.
            hidden_of(old.as_ref(), new.as_ref())
                .is_none()
                .then(|| Splice::new(0, &text(old), &text(new)))
        }
        _ => None,
    }
}

/// When a person made an edit that came long after. A change of the server's own claims nothing.
fn made_offline(fact: &Fact) -> Option<TimestampMs> {
    let is_late = fact.at.0.saturating_sub(fact.claimed.0) >= OFFLINE_MS;
    (is_late && fact.claimed.0 > 0 && fact.author != PersonId::SERVER).then_some(fact.claimed)
}

/// The beginning of a long text.
pub(crate) fn shortened(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= TEXT_CHARS_MAX {
        return text.to_owned();
    }
    let short: String = text.chars().take(TEXT_CHARS_MAX).collect();
    format!("{}…", short.trim_end())
}

/// The word for one item of a section: "Opportunity".
pub(crate) fn word_for_one(schema: &Schema, section: SectionId) -> String {
    schema
        .section(section)
        .map(|section| section.one.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::{Fake, item, person};
    use domain::ItemId;

    const SECTION: SectionId = SectionId::Opportunities;

    fn fact(seq: u64, minute: i64, cell: Cell, delta: Delta) -> Fact {
        Fact {
            seq: Seq(seq),
            at: TimestampMs(minute * 60_000),
            claimed: TimestampMs(minute * 60_000),
            author: person(1),
            cell,
            delta,
        }
    }

    fn titled(facts: &[Fact]) -> Vec<TitledFact> {
        let titled = |fact: &Fact| TitledFact {
            fact: fact.clone(),
            title: None,
        };
        facts.iter().map(titled).collect()
    }

    #[test]
    fn what_is_typed_into_a_note_in_steps_is_one_line_with_the_words_around() {
        let note = Cell::paragraph(SECTION, ItemId::SINGLE, "notes", domain::ParagraphId(ItemId::SINGLE.0));
        let text = |seq, minute, at, old: &str, new: &str| {
            let delta = Delta::Text {
                at,
                old: old.to_owned(),
                new: new.to_owned(),
            };
            fact(seq, minute, note.clone(), delta)
        };
        let facts = [
            text(9, 9, 16, "", " soon"),
            text(8, 8, 9, "", "a visit"),
            text(3, 0, 3, "wants", "asks"),
        ];
        let now = |_: &Cell| Some("He asks: a visit soon".to_owned());
        let told = told(&Schema::standard(), &Fake, &titled(&facts), &now);
        let diffs: Vec<_> = told
            .iter()
            .map(|line| (line.first.0, line.seq.0, line.diff.clone()))
            .collect();
        let same = |text: &str| Piece::Same(text.to_owned());
        assert_eq!(
            diffs,
            [(
                3,
                9,
                vec![
                    same("He "),
                    Piece::Gone("wants".to_owned()),
                    Piece::New("asks".to_owned()),
                    same(": "),
                    Piece::New("a visit soon".to_owned()),
                ]
            )]
        );
    }

    fn set(old: Option<&str>, new: Option<&str>) -> Delta {
        Delta::Set {
            old: old.map(Scalar::from),
            new: new.map(Scalar::from),
            also: Vec::new(),
        }
    }

    fn cell(key: &str) -> Cell {
        Cell::field(SECTION, ItemId::SINGLE, key)
    }

    fn check(newest_first: &[Fact], lines: &[(&str, Option<&str>, Option<&str>)]) {
        let told = told(&Schema::standard(), &Fake, &titled(newest_first), &|_| None);
        let told: Vec<_> = told
            .iter()
            .map(|line| (line.what.as_str(), line.old.as_deref(), line.new.as_deref()))
            .collect();
        assert_eq!(told, lines);
    }

    #[test]
    fn an_edit_that_came_long_after_it_was_made_says_when_that_was() {
        let mut late = fact(2, 60, cell("stage"), set(None, Some("propose")));
        late.claimed = TimestampMs(20 * 60_000);
        let in_time = fact(1, 10, cell("owner"), set(None, Some(&person(2).to_string())));
        let mut servers = fact(3, 60, cell("amount"), set(None, Some("100 EUR")));
        (servers.author, servers.claimed) = (PersonId::SERVER, TimestampMs(1));
        let told = told(&Schema::standard(), &Fake, &titled(&[servers, late, in_time]), &|_| {
            None
        });
        let offline: Vec<Option<i64>> = told.iter().map(|line| line.offline.map(|at| at.0)).collect();
        assert_eq!(offline, [None, Some(20 * 60_000), None]);
    }

    #[test]
    fn values_are_told_as_people_read_them() {
        check(
            &[
                fact(4, 90, cell("stage"), set(Some("qualify"), Some("propose"))),
                fact(3, 60, cell("amount"), set(None, Some("51000000 EUR"))),
                fact(2, 30, cell("owner"), set(Some(&person(2).to_string()), None)),
            ],
            &[
                ("Stage", Some("Qualify"), Some("Propose")),
                ("Amount", None, Some("€510,000")),
                ("Owner", Some("Jonas Okafor"), None),
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_any_more_is_told_as_such() {
        let people = SectionId::People;
        let stance = Cell::own(people, ItemId::SINGLE, person(1), "stance");
        let note = Cell::paragraph(people, ItemId::SINGLE, "notes", domain::ParagraphId(ItemId::SINGLE.0));
        let erased = Some("sealed:erased");
        check(
            &[
                fact(3, 60, note, set(erased, erased)),
                fact(2, 40, stance.clone(), set(erased, erased)),
                fact(1, 20, stance, set(None, erased)),
            ],
            &[
                ("Notes: a paragraph changed, erased since", None, None),
                ("Stance", None, Some("erased")),
                ("Stance", None, Some("erased")),
            ],
        );
    }

    #[test]
    fn a_new_item_is_one_line_with_its_first_values() {
        check(
            &[
                fact(1, 0, cell("rank"), set(None, Some("80"))),
                fact(1, 0, cell("title"), set(None, Some("Yard automation"))),
                fact(1, 0, cell(""), Delta::ItemMade),
            ],
            &[("added", None, None)],
        );
    }

    #[test]
    fn a_burst_at_one_cell_is_one_line_from_the_first_value_to_the_last() {
        check(
            &[
                fact(3, 9, cell("title"), set(Some("Yar"), Some("Yard automation"))),
                fact(2, 5, cell("title"), set(Some("Y"), Some("Yar"))),
            ],
            &[("Opportunity", Some("Y"), Some("Yard automation"))],
        );
    }

    #[test]
    fn what_was_put_back_is_told_and_so_is_what_it_took_back() {
        check(
            &[
                fact(3, 9, cell("title"), set(Some("Yard automation"), Some("Y"))),
                fact(2, 8, cell("title"), set(Some("Yar"), Some("Yard automation"))),
                fact(1, 5, cell("title"), set(Some("Y"), Some("Yar"))),
            ],
            &[
                ("Opportunity", Some("Yard automation"), Some("Y")),
                ("Opportunity", Some("Y"), Some("Yard automation")),
            ],
        );
        check(
            &[
                fact(2, 8, cell("stage"), set(Some("propose"), None)),
                fact(1, 5, cell("stage"), set(None, Some("propose"))),
            ],
            &[("Stage", Some("Propose"), None), ("Stage", None, Some("Propose"))],
        );
        let note = Cell::paragraph(SECTION, ItemId::SINGLE, "notes", domain::ParagraphId(ItemId::SINGLE.0));
        let text = |seq, minute, old: &str, new: &str| {
            let delta = Delta::Text {
                at: 0,
                old: old.to_owned(),
                new: new.to_owned(),
            };
            fact(seq, minute, note.clone(), delta)
        };
        check(
            &[text(2, 8, "Now: ", ""), text(1, 5, "", "Now: ")],
            &[("Notes", None, None), ("Notes", None, None)],
        );
    }

    #[test]
    fn the_lines_of_a_cell_are_the_same_whatever_else_is_listed() {
        let mine = [
            fact(4, 9, cell("title"), set(Some("Yar"), Some("Yard"))),
            fact(2, 5, cell("title"), set(Some("Y"), Some("Yar"))),
        ];
        let elsewhere = fact(3, 7, cell("stage"), set(None, Some("propose")));
        let line = ("Opportunity", Some("Y"), Some("Yard"));
        check(&mine, &[line]);
        let [newer, older] = mine;
        check(
            &[newer.clone(), elsewhere, older.clone()],
            &[line, ("Stage", None, Some("Propose"))],
        );
        // What another did in between parts them.
        let mut theirs = fact(3, 7, cell("title"), set(Some("Yar"), Some("Yar")));
        theirs.author = person(2);
        let told = told(&Schema::standard(), &Fake, &titled(&[newer, theirs, older]), &|_| None);
        assert_eq!(told.iter().map(|line| line.seq.0).collect::<Vec<_>>(), [4, 2]);
    }

    #[test]
    fn order_alone_is_not_told_and_deletion_is() {
        check(
            &[
                fact(
                    3,
                    9,
                    cell("deleted"),
                    Delta::Set {
                        old: None,
                        new: Some(Scalar::Bool(true)),
                        also: Vec::new(),
                    },
                ),
                fact(2, 5, cell("rank"), set(Some("80"), Some("7f"))),
            ],
            &[("deleted", None, None)],
        );
    }

    #[test]
    fn a_link_names_its_target() {
        let link = Cell::link(SECTION, ItemId::SINGLE, "supports", &item(11).to_string());
        let strength = Delta::Set {
            old: None,
            new: Some(Scalar::Int(3)),
            also: Vec::new(),
        };
        check(
            &[fact(2, 5, link, strength)],
            &[("Supports", None, Some("Terminal 2030 (strength 3)"))],
        );
    }
}
