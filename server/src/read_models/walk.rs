//! Walking a history backwards, to make a page of it.
//!
//! Where lines are told in words, the plan as it was goes back with the walk, a fact at a time: so a line knows what its
//! item was called then, and a word that was typed in three goes is found as a word.

use std::iter;

use domain::{Cell, Delta, Fact, Part, Scalar, Seq};
use reports::{DiffPiece, HistoryKey, ItemKey, PlanState, fact_words, text_diff};

use super::control::ControlEvent;
use super::history::{Cursor, HistoryLine, HistoryPage, HistoryQuery, SCAN_FACTS_MAX, Telling, Titles};
use super::store::{Store, StoreError, read_fact};

/// How much of a text is told around what was changed in it, in characters.
const AROUND_CHARS: usize = 60;

type Facts = Box<dyn Iterator<Item = Result<Fact, StoreError>>>;
type Controls = Box<dyn Iterator<Item = Result<ControlEvent, StoreError>>>;

impl Store {
    /// A page of history. `head` is the plan's last entry.
    pub(crate) fn history(
        &self,
        query: &HistoryQuery,
        telling: &Telling,
        head: Seq,
    ) -> Result<HistoryPage, StoreError> {
        let before = match query.to {
            Some(to) => {
                // Any number can be asked for.
                let last = domain::TimestampMs(to.0.saturating_sub(1));
                self.entry_at(query.plan, last, head)?.next()
            }
            None => head.next(),
        };
        let before = before.min(query.cursor.edits);
        let state = if query.needs_state() && query.wants_edits() {
            let mut state = self.as_of(query.plan, Seq(before.0.saturating_sub(1)))?.into_state();
            telling.eyes.state(&mut state);
            Some(state)
        } else {
            None
        };
        let walk = Walk {
            query,
            telling,
            facts: self.facts_back(query, before),
            controls: self.controls_back(query),
            state,
            needle: query.text.as_deref().map(str::to_lowercase),
            titles: Titles::new(),
            at: Cursor {
                edits: before,
                control: query.cursor.control,
            },
            looked_at: 0,
            page: HistoryPage::default(),
        };
        walk.run()
    }

    /// The facts that may be wanted, newest first.
    fn facts_back(&self, query: &HistoryQuery, before: Seq) -> Facts {
        if !query.wants_edits() {
            return Box::new(iter::empty());
        }
        let prefix = match (query.section, query.item) {
            (Some(section), Some(item)) => ItemKey::prefix(query.plan, section, item),
            _ => HistoryKey::prefix(query.plan),
        };
        // Keys go on with the entry's number.
        let end = [&prefix[..], &before.0.to_be_bytes()].concat();
        let (store, plan, from) = (self.clone(), query.plan, query.from);
        let facts = self.db.range(prefix..end).rev().map(move |found| {
            let (key, value) = found.map_err(|error| error.to_string())?;
            if value.is_empty() {
                let at = HistoryKey::read_place(plan, &key).ok_or("a key of no fact")?;
                return store.fact(&at);
            }
            read_fact(&value)
        });
        let is_in_time = move |fact: &Fact| from.is_none_or(|from| fact.at >= from);
        Box::new(facts.take_while(move |fact| fact.as_ref().map_or(true, is_in_time)))
    }

    /// The control events that may be wanted, newest first.
    fn controls_back(&self, query: &HistoryQuery) -> Controls {
        if !query.wants_control() {
            return Box::new(iter::empty());
        }
        let (from, to) = (query.from, query.to);
        let is_early = move |event: &ControlEvent| to.is_none_or(|to| event.at < to);
        let is_late = move |event: &ControlEvent| from.is_none_or(|from| event.at >= from);
        let events = self.control(query.plan, query.cursor.control);
        let events = events.skip_while(move |event| event.as_ref().is_ok_and(|event| !is_early(event)));
        Box::new(events.take_while(move |event| event.as_ref().map_or(true, is_late)))
    }
}

struct Walk<'a> {
    query: &'a HistoryQuery,
    telling: &'a Telling,
    facts: Facts,
    controls: Controls,
    /// The plan as it was after the fact that comes next, if lines are told in words.
    state: Option<PlanState>,
    needle: Option<String>,
    titles: Titles,
    /// The last that was looked at of each.
    at: Cursor,
    looked_at: usize,
    page: HistoryPage,
}

/// What a line of a text tells besides.
#[derive(Default)]
struct Told {
    words: Option<String>,
    diff: Option<Vec<DiffPiece>>,
    /// Whether the words that are looked for are among what was changed.
    is_hit: bool,
}

impl Walk<'_> {
    fn run(mut self) -> Result<HistoryPage, StoreError> {
        let mut fact = self.facts.next().transpose()?;
        let mut control = self.controls.next().transpose()?;
        loop {
            let is_new_entry = fact.as_ref().is_none_or(|fact| fact.seq != self.at.edits);
            // What happened to the plan beside its content comes first, where both have the same time; never between
            // the facts of one entry.
            let control_is_next = match (&fact, &control) {
                (None, None) => return Ok(self.page),
                (Some(fact), Some(control)) => is_new_entry && control.at >= fact.at,
                (fact, _) => fact.is_none(),
            };
            if is_new_entry && self.is_full() {
                self.page.next = fact.is_some().then_some(self.at.edits);
                self.page.cursor = Some(self.at.to_string());
                return Ok(self.page);
            }
            if control_is_next {
                if let Some(event) = control.take() {
                    self.take_control(&event);
                }
                control = self.controls.next().transpose()?;
            } else if let Some(next) = fact.take() {
                self.take_fact(next, is_new_entry);
                fact = self.facts.next().transpose()?;
            }
        }
    }

    fn is_full(&self) -> bool {
        let lines = self.page.facts.len() + self.page.control.len();
        lines >= self.query.limit || self.looked_at >= SCAN_FACTS_MAX
    }

    fn take_control(&mut self, event: &ControlEvent) {
        self.looked_at += 1;
        self.at.control = event.seq;
        if self.query.person.is_some_and(|person| person != event.author) {
            return;
        }
        let empty = PlanState::default();
        let Some(line) = self.telling.control(event, self.state.as_ref().unwrap_or(&empty)) else {
            return;
        };
        if self
            .needle
            .as_ref()
            .is_some_and(|needle| !line.words.to_lowercase().contains(needle))
        {
            return;
        }
        self.page.control.push(line);
    }

    fn take_fact(&mut self, stored: Fact, is_new_entry: bool) {
        self.looked_at += 1;
        self.at.edits = stored.seq;
        if is_new_entry {
            self.titles.clear();
        }
        let Some(fact) = self.telling.eyes.fact(stored) else {
            return;
        };
        let (section, item) = (fact.cell.section, fact.cell.item);
        if let Some(state) = &self.state {
            let title = || Some(state.item(section, item)?.title()?.to_owned());
            self.titles.entry((section, item)).or_insert_with(title);
        }
        let is_wanted = self.query.wants(&fact);
        let told = if is_wanted { self.tell(&fact) } else { Told::default() };
        if let Some(state) = &mut self.state {
            state.take_back(&fact);
        }
        let title = self.titles.get(&(section, item)).cloned().flatten();
        if !is_wanted || !self.is_found(&fact, title.as_deref(), &told) {
            return;
        }
        let Told { words, diff, .. } = told;
        let author = fact.author;
        if let Some(name) = self.telling.person(author) {
            self.page.people.entry(author).or_insert(name);
        }
        self.page.facts.push(HistoryLine {
            fact,
            title,
            words,
            diff,
        });
    }

    /// What a fact says, while the state is the one after it.
    fn tell(&self, fact: &Fact) -> Told {
        let Some(state) = &self.state else {
            return Told::default();
        };
        let words = fact_words(self.telling.schema(), fact, &self.telling.names(state));
        let Some((before, after)) = texts(state, fact) else {
            return Told {
                words,
                ..Told::default()
            };
        };
        let is_hit = match (&self.needle, &fact.delta) {
            (Some(needle), Delta::Text { at, old, new }) => {
                touches(&after, *at, new, needle) || touches(&before, *at, old, needle)
            }
            _ => false,
        };
        let diff = Some(shortened(text_diff(&before, &after)));
        Told { words, diff, is_hit }
    }

    /// Whether the words that are looked for are in what a line says.
    fn is_found(&self, fact: &Fact, title: Option<&str>, told: &Told) -> bool {
        let Some(needle) = &self.needle else { return true };
        let has = |text: &str| text.to_lowercase().contains(needle);
        let has_value = |value: &Scalar| value.as_str().is_some_and(has);
        let in_values = match &fact.delta {
            Delta::Set { old, new, also } => old.iter().chain(new).chain(also).any(has_value),
            Delta::ItemMade | Delta::ParagraphMade | Delta::Text { .. } => false,
        };
        told.is_hit || in_values || title.is_some_and(has) || told.words.as_deref().is_some_and(has)
    }
}

/// The text of a fact's paragraph before and after it, if it changed one.
fn texts(state: &PlanState, fact: &Fact) -> Option<(String, String)> {
    match &fact.delta {
        Delta::Text { .. } => {
            let after = state.held(&fact.cell)?.text()?.to_owned();
            let before = reports::text_before(&after, &fact.delta)?;
            Some((before, after))
        }
        // A paragraph under seal is one value.
        Delta::Set { old, new, .. } if is_paragraph(&fact.cell) && old != new => {
            let text = |value: &Option<Scalar>| value.as_ref().and_then(Scalar::as_str).unwrap_or_default().to_owned();
            Some((text(old), text(new)))
        }
        Delta::Set { .. } | Delta::ItemMade | Delta::ParagraphMade => None,
    }
}

fn is_paragraph(cell: &Cell) -> bool {
    cell.part == Part::Prose && cell.key.split(':').count() == 2
}

/// Whether what stands at a UTF-16 position of a text, and what touches it, has the words. They are in lower case.
fn touches(text: &str, at: u32, span: &str, needle: &str) -> bool {
    let from = reports::byte_at(text, at);
    let (Some(front), Some(rest)) = (text.get(..from), text.get(from + span.len()..)) else {
        return false;
    };
    let (front, span) = (front.to_lowercase(), span.to_lowercase());
    let whole = [&front, &span, &rest.to_lowercase()].map(String::as_str).concat();
    let (from, to) = (front.len(), front.len() + span.len());
    let hits = whole.match_indices(needle).map(|(at, hit)| (at, at + hit.len()));
    let mut hits = hits.filter(|(begins, ends)| *begins <= to && *ends >= from);
    hits.next().is_some()
}

/// What stays the same at both ends, cut to some words.
fn shortened(mut diff: Vec<DiffPiece>) -> Vec<DiffPiece> {
    let cut = |text: &str, keep_end: bool| -> String {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() <= AROUND_CHARS {
            return text.to_owned();
        }
        let kept = if keep_end {
            &chars[chars.len() - AROUND_CHARS..]
        } else {
            &chars[..AROUND_CHARS]
        };
        let kept: String = kept.iter().collect();
        if keep_end {
            format!("…{kept}")
        } else {
            format!("{kept}…")
        }
    };
    if diff.len() > 1 {
        if let Some(DiffPiece::Same(text)) = diff.first_mut() {
            *text = cut(text, true);
        }
        if let Some(DiffPiece::Same(text)) = diff.last_mut() {
            *text = cut(text, false);
        }
    }
    diff
}
