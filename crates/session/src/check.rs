//! Whether the schema takes an edit: said before it is made, in the words that the server would use.

use domain::{Author, Cell, Denied, Schema};
use plan::{Edit, EditError};

pub(crate) fn check(schema: &Schema, author: Author, edits: &[Edit]) -> Result<(), EditError> {
    edits.iter().try_for_each(|edit| Ok(check_one(schema, author, edit)?))
}

fn check_one(schema: &Schema, author: Author, edit: &Edit) -> Result<(), Denied> {
    match edit {
        Edit::MakeItem { section, item, fields } => {
            if section.is_single() {
                return Err(Denied::MalformedKey(item.to_string()));
            }
            schema.check_item(author, *section)?;
            fields.iter().try_for_each(|(field, value)| {
                schema.check_scalar(author, &Cell::field(*section, *item, field), Some(value))
            })
        }
        Edit::Put { cell, value } => schema.check_scalar(author, cell, Some(value)),
        Edit::Clear { cell } => schema.check_scalar(author, cell, None),
        Edit::MakeParagraph { cell, .. } | Edit::Splice { cell, .. } => schema.check_paragraph(author, cell),
    }
}
