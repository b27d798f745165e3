//! What the tests write, and where.

use domain::{Cell, ItemId, ParagraphId, PersonId, PlanId, Scalar, SectionId};
use plan::Edit;
use uuid::Uuid;

pub const PLAN: PlanId = PlanId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0042));
/// The section of the tests.
pub const SECTION: SectionId = SectionId::Opportunities;

pub fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_1000 + number))
}

pub fn item(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0001_0000 + number))
}

pub fn paragraph_id(number: u128) -> ParagraphId {
    ParagraphId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0002_0000 + number))
}

pub fn cell(number: u128, field: &str) -> Cell {
    Cell::field(SECTION, item(number), field)
}

pub fn paragraph(number: u128, paragraph: u128) -> Cell {
    Cell::paragraph(SECTION, item(number), "strategy", paragraph_id(paragraph))
}

pub fn make(number: u128) -> Edit {
    Edit::MakeItem {
        section: SECTION,
        item: item(number),
        fields: vec![("title".to_owned(), Scalar::from("New"))],
    }
}

pub fn put(number: u128, field: &str, value: &str) -> Edit {
    Edit::Put {
        cell: cell(number, field),
        value: Scalar::from(value),
    }
}

pub fn write(number: u128, at_paragraph: u128, text: &str) -> Edit {
    Edit::MakeParagraph {
        cell: paragraph(number, at_paragraph),
        text: text.to_owned(),
    }
}

pub fn splice(number: u128, at_paragraph: u128, at: u32, delete: u32, insert: &str) -> Edit {
    Edit::Splice {
        cell: paragraph(number, at_paragraph),
        at,
        delete,
        insert: insert.to_owned(),
    }
}
