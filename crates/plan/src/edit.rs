//! Edits: what a person does to a plan, before it becomes a change of the document.

use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::text_diff::{text_splices, utf16_units};
use domain::{Cell, ItemId, Scalar, SectionId};

use crate::seal::SealError;

/// One edit. Several made together become one change, and one step of undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Makes an item with its three maps.
    MakeItem {
        /// Where.
        section: SectionId,
        /// Its id, new.
        item: ItemId,
        /// Its first plain fields.
        fields: Vec<(String, Scalar)>,
    },
    /// Writes a value.
    Put {
        /// Where.
        cell: Cell,
        /// What.
        value: Scalar,
    },
    /// Empties a cell.
    Clear {
        /// Where.
        cell: Cell,
    },
    /// Makes a paragraph. Its rank is a `Put` beside it.
    MakeParagraph {
        /// [`Cell::paragraph`].
        cell: Cell,
        /// Its first text.
        text: String,
    },
    /// Replaces a span of a paragraph's text.
    Splice {
        /// [`Cell::paragraph`].
        cell: Cell,
        /// Where, in UTF-16 units.
        at: u32,
        /// How many units go.
        delete: u32,
        /// What comes.
        insert: String,
    },
}

impl Edit {
    /// The cell that the edit writes; of a new item: its cell with an empty key.
    pub fn cell(&self) -> Cell {
        match self {
            Self::MakeItem { section, item, .. } => Cell::field(*section, *item, ""),
            Self::Put { cell, .. }
            | Self::Clear { cell }
            | Self::MakeParagraph { cell, .. }
            | Self::Splice { cell, .. } => cell.clone(),
        }
    }

    /// What makes one text of a paragraph another. Only the words that differ are replaced, so that nobody who writes in
    /// it meanwhile loses anything.
    pub fn rewrite(cell: &Cell, from: &str, to: &str) -> Vec<Self> {
        let splices = text_splices(from, to).into_iter();
        splices
            .map(|splice| Self::Splice {
                cell: cell.clone(),
                at: splice.at,
                delete: utf16_units(&splice.gone),
                insert: splice.come,
            })
            .collect()
    }

    /// Every cell that the edit writes.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![self.cell()];
        if let Self::MakeItem { section, item, fields } = self {
            cells.extend(fields.iter().map(|(field, _)| Cell::field(*section, *item, field)));
        }
        cells
    }
}

/// Why an edit cannot be made. Nothing of it, or of those made together with it, was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The schema does not allow it.
    #[error(transparent)]
    Denied(#[from] domain::Denied),
    /// It cannot be sealed.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The item is not in the plan.
    #[error("this entry is not in the plan (any more)")]
    NoItem(SectionId, ItemId),
    /// The item is already there.
    #[error("this entry is already in the plan")]
    ItemExists(SectionId, ItemId),
    /// The paragraph is not in the plan.
    #[error("this paragraph is not in the plan")]
    NoParagraph(Cell),
    /// The paragraph is already there.
    #[error("this paragraph is already in the plan")]
    ParagraphExists(Cell),
    /// The span is not inside the text, or cuts a character in half.
    #[error("positions {at} to {end} are not in this text of {len}")]
    OutOfText {
        /// Where the span begins.
        at: u32,
        /// Where it ends.
        end: u32,
        /// The text's length in UTF-16 units.
        len: u32,
    },
    /// The paragraph would be longer than is allowed.
    #[error("a paragraph takes at most {max} characters: begin another one")]
    TooLong {
        /// How many characters it may have.
        max: usize,
    },
    /// Too many edits for one change.
    #[error("{0} edits at once are too many: do it in parts")]
    TooMany(usize),
    /// Too much waits to be saved.
    #[error("too many edits wait to be saved: connect before you go on")]
    TooManyUnsaved,
    /// The plan does not go on on this page.
    #[error("this plan is in safe mode: export what is not saved")]
    SafeMode,
    /// The plan is not loaded yet.
    #[error("the plan is still loading")]
    NotReady,
    /// Automerge refused.
    #[error("the document refused this edit: {0}")]
    Document(String),
}

/// A text with a span replaced; positions in UTF-16 units.
pub(crate) fn spliced(text: &str, at: u32, delete: u32, insert: &str) -> Result<String, EditError> {
    let end = at.saturating_add(delete);
    let (Some(from), Some(to)) = (byte_at(text, at), byte_at(text, end)) else {
        let len = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        return Err(EditError::OutOfText { at, end, len });
    };
    let new = [&text[..from], insert, &text[to..]].concat();
    if new.chars().count() > PARAGRAPH_CHARS_MAX {
        let max = PARAGRAPH_CHARS_MAX;
        return Err(EditError::TooLong { max });
    }
    Ok(new)
}

/// Where a UTF-16 position is in the text's bytes; None outside of it and inside a character.
pub(crate) fn byte_at(text: &str, utf16: u32) -> Option<usize> {
    let mut left = usize::try_from(utf16).ok()?;
    for (at, char) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(char.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}
