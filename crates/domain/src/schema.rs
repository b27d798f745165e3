//! The plan's schema as data: which sections there are, which fields, of which kind, who may write and see them.
//!
//! Forms, the guard's allow-list, columns, completeness, redaction and help texts all read it: a new field is one line
//! in [`crate::standard`]. It is passed as a value, so that a workspace can later add fields of its own.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, ParagraphId, PersonId};
use crate::place::{Cell, Part, SectionId};
use crate::role::{Author, Right, Role, Stage};
use crate::seal::Seal;
use crate::value::{Money, Scalar, parse_day};

/// Text of the schema: fixed for the standard one, owned for a workspace's own fields.
pub type Word = Cow<'static, str>;

/// Longest line of text, in characters.
pub const LINE_CHARS_MAX: usize = 300;
/// Longest note of a link, in characters.
pub const LINK_NOTE_CHARS_MAX: usize = 500;
/// Longest paragraph of prose, in characters.
pub const PARAGRAPH_CHARS_MAX: usize = 2_000;
/// Longest fractional rank, in characters.
pub const RANK_CHARS_MAX: usize = 200;

/// A whole schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schema {
    /// The sections, in the order in which a plan shows them.
    pub sections: Vec<Section>,
}

/// One section of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    /// Which.
    pub id: SectionId,
    /// Its number in the method, 1 to 6, or nothing for what lies beyond.
    pub number: Option<u8>,
    /// Its name: "Opportunities".
    pub title: Word,
    /// One item of it: "Opportunity".
    pub one: Word,
    /// What belongs here and why it helps the sale: shown while the section is empty.
    pub purpose: Word,
    /// The fields that are this section's own, then those that every item has.
    pub fields: Vec<Field>,
}

/// One field of a section's items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    /// Its key in the document.
    pub key: Word,
    /// Its name on screen and as a column.
    pub label: Word,
    /// What it holds.
    pub kind: Kind,
    /// Whether each person writes a value of their own, and only their own.
    pub own: bool,
    /// Which roles may write it.
    pub who: Who,
    /// What it says is personal: its values stand in the document sealed.
    pub sealed: Option<Seal>,
    /// Who sees it by default in the customer version.
    pub visibility: Visibility,
    /// Weight in completeness, 0 (does not count) to 3.
    pub weight: u8,
    /// Where a form shows it.
    pub group: Group,
    /// Whether it is a column of the section's list.
    pub column: bool,
    /// A hint for the person who fills it in.
    pub help: Word,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// One line of text.
    Line,
    /// Collaborative text in paragraphs.
    Prose,
    /// One of these.
    Choice(Vec<Choice>),
    /// Any of these, each a link key of its own, so that two people can add one each.
    Choices(Vec<Choice>),
    /// An amount with its currency.
    Money,
    /// A day.
    Date,
    /// A whole number from..=to, with its unit.
    Whole {
        /// Least.
        from: i64,
        /// Greatest.
        to: i64,
        /// "%", "" for a bare number.
        unit: Word,
    },
    /// Yes or no.
    Flag,
    /// One person of the team.
    Seller,
    /// Several people of the team.
    Sellers,
    /// One item of these sections.
    Item(Vec<SectionId>),
    /// Links to items of these sections; with a strength of 1 to 3, or none.
    Items {
        /// Where the targets live.
        to: Vec<SectionId>,
        /// Whether a link has a strength.
        strength: bool,
    },
    /// A fractional rank, for order.
    Rank,
}

/// One of a field's choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the document holds.
    pub key: Word,
    /// What a person reads.
    pub label: Word,
    /// What it means for the plan, for its colour (never by colour alone).
    pub tone: Tone,
}

/// What a choice means for the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// News, under way.
    Info,
    /// Good for us.
    Good,
    /// Wants attention.
    Warn,
    /// Bad for us.
    Bad,
}

/// Which roles may write a field; within what [`crate::role::writers`] says of its section, but for comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// Everyone who writes in the section.
    Team,
    /// The client executive and the facilitators.
    Leads,
    /// Everyone who comments, in every section that they read and at every stage, whoever else writes there.
    Commenters,
    /// The server alone.
    Server,
}

/// Who sees a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// Never in a customer version.
    Internal,
    /// The team, unless someone decides to share it.
    Team,
    /// In the customer version, unless someone decides otherwise.
    Shareable,
}

/// Where a form shows a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// At the top.
    Main,
    /// What qualifies an opportunity.
    Qualification,
    /// The deeper plan of an important opportunity.
    Strategy,
    /// The person: what they are like.
    Personality,
    /// Each seller's own view.
    Views,
    /// Where it comes from, and who may see it.
    Source,
    /// Text.
    Notes,
    /// Not shown: order and deletion.
    Hidden,
}

/// Why a cell may not be written so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Denied {
    /// The schema has no such key.
    #[error("this plan has no field '{0}'")]
    UnknownField(String),
    /// The key is not well formed.
    #[error("'{0}' is not a key of this part of an item")]
    MalformedKey(String),
    /// The value does not fit the field.
    #[error("'{label}' takes {expected}")]
    WrongValue {
        /// The field's name on screen.
        label: String,
        /// What it takes, in words.
        expected: String,
    },
    /// The cell belongs to someone else.
    #[error("this belongs to another person: only they can write it")]
    NotYours,
    /// The role never writes there.
    #[error("as {role} you do not write in '{place}'")]
    NotForRole {
        /// The role.
        role: Role,
        /// The section or field, as it is called on screen.
        place: String,
    },
    /// Only the leads write there at this stage.
    #[error("at the stage '{stage}' only the client executive and the facilitators write in '{place}'")]
    NotAtStage {
        /// The stage.
        stage: Stage,
        /// The section, as it is called on screen.
        place: String,
    },
    /// Only the server writes this.
    #[error("only the server writes '{0}'")]
    ServerOnly(String),
}

impl Denied {
    /// The same in the schema's words alone: what is kept of it says nothing that its author thought up.
    pub fn in_known_words(&self) -> String {
        match self {
            Self::UnknownField(_) => "this plan has no such field".to_owned(),
            Self::MalformedKey(_) => "that is not a key of this part of an item".to_owned(),
            Self::WrongValue { .. }
            | Self::NotYours
            | Self::NotForRole { .. }
            | Self::NotAtStage { .. }
            | Self::ServerOnly(_) => self.to_string(),
        }
    }
}

impl Schema {
    /// The standard schema.
    pub fn standard() -> Self {
        crate::standard::schema()
    }

    /// A section, if the schema has it.
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The field that a cell belongs to.
    pub fn field_of(&self, cell: &Cell) -> Option<&Field> {
        self.section(cell.section)?.field(cell.field_key())
    }

    /// What the value of a cell is sealed with: of a sealed field, all words that somebody writes. What only orders or
    /// links stays plain.
    pub fn seal_of(&self, cell: &Cell) -> Option<Seal> {
        let seal = self.field_of(cell)?.sealed?;
        let has_words = match cell.part {
            Part::Fields | Part::Own => true,
            Part::Links => cell.key.ends_with(":note"),
            Part::Prose => cell.key.split(':').count() == 2,
        };
        has_words.then_some(seal)
    }

    /// Whether something of the section's items is sealed.
    pub fn has_seals(&self, section: SectionId) -> bool {
        let section = self.section(section);
        section.is_some_and(|section| section.fields.iter().any(|field| field.sealed.is_some()))
    }

    /// Whether `author` may make an item of the section.
    pub fn check_item(&self, author: Author, section: SectionId) -> Result<(), Denied> {
        let section = self
            .section(section)
            .ok_or_else(|| Denied::UnknownField(section.to_string()))?;
        check_section(author, section)
    }

    /// Whether `author` may write in a field at all: what a page asks before it opens an editor.
    pub fn check_field(&self, author: Author, section: SectionId, key: &str) -> Result<(), Denied> {
        let known = self.section(section);
        let (section, field) = known
            .and_then(|section| Some((section, section.field(key)?)))
            .ok_or_else(|| Denied::UnknownField(key.to_owned()))?;
        check_author(author, section, field)
    }

    /// Whether `author` may write `value` at the cell; `None` clears it.
    ///
    /// The allow-list of the guard: a key that this does not know is refused. Of a sealed cell the value is the words.
    pub fn check_scalar(&self, author: Author, cell: &Cell, value: Option<&Scalar>) -> Result<(), Denied> {
        let section = self
            .section(cell.section)
            .ok_or_else(|| Denied::UnknownField(cell.section.to_string()))?;
        let field = section
            .field(cell.field_key())
            .ok_or_else(|| Denied::UnknownField(cell.key.clone()))?;
        if field.part() != cell.part {
            return Err(Denied::MalformedKey(cell.key.clone()));
        }
        check_author(author, section, field)?;
        match cell.part {
            Part::Fields => field.check(value),
            Part::Own => check_own(author.person, cell, field, value),
            Part::Links => check_link(cell, field, value),
            Part::Prose => check_paragraph_key(cell, field, value),
        }
    }

    /// Whether `author` may make a paragraph at the cell, and write in it.
    pub fn check_paragraph(&self, author: Author, cell: &Cell) -> Result<(), Denied> {
        let section = self.section(cell.section);
        let (section, field) = section
            .and_then(|section| Some((section, section.field(cell.field_key())?)))
            .ok_or_else(|| Denied::UnknownField(cell.key.clone()))?;
        check_author(author, section, field)?;
        let paragraph = cell.key.split_once(':').map(|(_, id)| ParagraphId::from_str(id));
        match paragraph {
            Some(Ok(_)) if field.kind == Kind::Prose && cell.part == Part::Prose => Ok(()),
            _ => Err(Denied::MalformedKey(cell.key.clone())),
        }
    }
}

/// Whether a field is written by somebody of this standing.
fn check_author(author: Author, section: &Section, field: &Field) -> Result<(), Denied> {
    let role = author.standing.role;
    let not_for_role = || Denied::NotForRole {
        role,
        place: field.label.to_string(),
    };
    match field.who {
        Who::Server => return Err(Denied::ServerOnly(field.label.to_string())),
        Who::Leads if !role.may(Right::EditLed) => return Err(not_for_role()),
        Who::Commenters => {
            let reads = role.may(Right::Read) && (field.sealed.is_none() || role.may(Right::ReadPersonal));
            let may = reads && role.may(Right::Comment);
            return may.then_some(()).ok_or_else(not_for_role);
        }
        Who::Leads | Who::Team => {}
    }
    if field.own {
        return role.may(Right::OwnEntries).then_some(()).ok_or_else(not_for_role);
    }
    check_section(author, section)
}

fn check_section(author: Author, section: &Section) -> Result<(), Denied> {
    let standing = author.standing;
    let place = section.title.to_string();
    if standing.writes_in(section.id) {
        Ok(())
    } else if standing.role.may(Right::EditContent) {
        Err(Denied::NotAtStage {
            stage: standing.stage,
            place,
        })
    } else {
        Err(Denied::NotForRole {
            role: standing.role,
            place,
        })
    }
}

fn check_own(author: PersonId, cell: &Cell, field: &Field, value: Option<&Scalar>) -> Result<(), Denied> {
    let person = cell
        .key
        .split_once(':')
        .and_then(|(person, _)| PersonId::from_str(person).ok());
    match person {
        Some(person) if person == author => field.check(value),
        Some(_) => Err(Denied::NotYours),
        None => Err(Denied::MalformedKey(cell.key.clone())),
    }
}

fn check_link(cell: &Cell, field: &Field, value: Option<&Scalar>) -> Result<(), Denied> {
    let malformed = || Denied::MalformedKey(cell.key.clone());
    let mut words = cell.key.split(':').skip(1);
    let target = words.next().ok_or_else(malformed)?;
    match (words.next(), words.next()) {
        (None, _) => field.check_target(target, value),
        (Some("note"), None) => {
            field.check_target(target, None)?;
            field.check_text(value, LINK_NOTE_CHARS_MAX)
        }
        _ => Err(malformed()),
    }
}

fn check_paragraph_key(cell: &Cell, field: &Field, value: Option<&Scalar>) -> Result<(), Denied> {
    let malformed = || Denied::MalformedKey(cell.key.clone());
    let mut words = cell.key.split(':').skip(1);
    let paragraph = words.next().ok_or_else(malformed)?;
    ParagraphId::from_str(paragraph).map_err(|_| malformed())?;
    match (words.next(), words.next()) {
        (Some("rank"), None) => check_kind(&Kind::Rank, &field.label, value),
        (Some("deleted"), None) => check_kind(&Kind::Flag, &field.label, value),
        // The words of a sealed paragraph are one value.
        (None, _) if field.sealed.is_some() => field.check_text(value, PARAGRAPH_CHARS_MAX),
        _ => Err(malformed()),
    }
}

impl Section {
    /// A field by its key.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

impl Field {
    /// Where the field's values stand.
    pub const fn part(&self) -> Part {
        if self.own {
            return Part::Own;
        }
        match self.kind {
            Kind::Prose => Part::Prose,
            Kind::Choices(_) | Kind::Sellers | Kind::Items { .. } => Part::Links,
            Kind::Line
            | Kind::Choice(_)
            | Kind::Money
            | Kind::Date
            | Kind::Whole { .. }
            | Kind::Flag
            | Kind::Seller
            | Kind::Item(_)
            | Kind::Rank => Part::Fields,
        }
    }

    /// The choices, where the field has any.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Choice(choices) | Kind::Choices(choices) => choices,
            _ => &[],
        }
    }

    /// A choice by its key.
    pub fn choice(&self, key: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| choice.key == key)
    }

    /// Whether the field takes this value; clearing is always allowed.
    pub fn check(&self, value: Option<&Scalar>) -> Result<(), Denied> {
        check_kind(&self.kind, &self.label, value)
    }

    fn check_text(&self, value: Option<&Scalar>, chars_max: usize) -> Result<(), Denied> {
        match value {
            None => Ok(()),
            Some(Scalar::Str(text)) if text.chars().count() <= chars_max => Ok(()),
            Some(_) => Err(wrong(&self.label, &format!("text of at most {chars_max} characters"))),
        }
    }

    fn check_target(&self, target: &str, value: Option<&Scalar>) -> Result<(), Denied> {
        let known = match &self.kind {
            Kind::Choices(choices) => choices.iter().any(|choice| choice.key == target),
            Kind::Sellers => PersonId::from_str(target).is_ok(),
            Kind::Items { .. } => ItemId::from_str(target).is_ok(),
            _ => false,
        };
        if !known {
            return Err(Denied::MalformedKey(target.to_owned()));
        }
        let strength = matches!(self.kind, Kind::Items { strength: true, .. });
        match value {
            None => Ok(()),
            Some(Scalar::Int(1..=3)) if strength => Ok(()),
            Some(Scalar::Bool(true)) if !strength => Ok(()),
            Some(_) if strength => Err(wrong(&self.label, "a strength of 1, 2 or 3")),
            Some(_) => Err(wrong(&self.label, "'true', or nothing")),
        }
    }
}

fn wrong(label: &str, expected: &str) -> Denied {
    Denied::WrongValue {
        label: label.to_owned(),
        expected: expected.to_owned(),
    }
}

fn check_kind(kind: &Kind, label: &str, value: Option<&Scalar>) -> Result<(), Denied> {
    let Some(value) = value else { return Ok(()) };
    let fits = match (kind, value) {
        (Kind::Line, Scalar::Str(text)) => text.chars().count() <= LINE_CHARS_MAX && !text.contains(['\n', '\r']),
        (Kind::Choice(choices), Scalar::Str(text)) => choices.iter().any(|choice| choice.key == text.as_str()),
        (Kind::Money, Scalar::Str(text)) => Money::from_str(text).is_ok(),
        (Kind::Date, Scalar::Str(text)) => parse_day(text).is_some(),
        (Kind::Whole { from, to, .. }, Scalar::Int(number)) => (from..=to).contains(&number),
        (Kind::Flag, Scalar::Bool(_)) => true,
        (Kind::Seller, Scalar::Str(text)) => PersonId::from_str(text).is_ok(),
        (Kind::Item(_), Scalar::Str(text)) => ItemId::from_str(text).is_ok(),
        (Kind::Rank, Scalar::Str(text)) => {
            (1..=RANK_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(wrong(label, &expected(kind)))
    }
}

/// What a kind takes, in words.
fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Line => format!("one line of at most {LINE_CHARS_MAX} characters"),
        Kind::Choice(choices) | Kind::Choices(choices) => {
            let choices = choices
                .iter()
                .map(|choice| format!("{} ({})", choice.key, choice.label));
            format!("one of: {}", choices.collect::<Vec<_>>().join(", "))
        }
        Kind::Money => "an amount in its currency's smallest unit, such as 51000000 EUR for 510,000.00 EUR".to_owned(),
        Kind::Date => "a day, such as 2026-11-22".to_owned(),
        Kind::Whole { from, to, .. } => format!("a whole number from {from} to {to}"),
        Kind::Flag => "yes or no".to_owned(),
        Kind::Seller | Kind::Sellers => "a person of the team".to_owned(),
        Kind::Item(_) | Kind::Items { .. } => "an item of this plan".to_owned(),
        Kind::Prose => "paragraphs of text".to_owned(),
        Kind::Rank => "a rank".to_owned(),
    }
}
