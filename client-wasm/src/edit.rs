//! Editing: one field of one item, by its kind. The list, the drawer and the forms all use these editors, so that an
//! amount or a name is typed the same way everywhere.

pub(crate) mod directory;
mod editor;
pub(crate) mod field_at;
pub(crate) mod float;
pub(crate) mod form;
pub(crate) mod gap;
mod list_editor;
pub(crate) mod look;
mod meanwhile;
pub(crate) mod note;
pub(crate) mod presence;
mod prose;
pub(crate) mod read;
mod refusal;
pub(crate) mod show;
pub(crate) mod splice;
mod text_editor;
pub(crate) mod unread;
pub(crate) mod view;

pub(crate) use editor::{Begun, Done, FieldEditor};
pub(crate) use field_at::FieldAt;
pub(crate) use form::ItemForm;
pub(crate) use unread::provide;
