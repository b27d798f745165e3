//! Words of safe mode.

pub(crate) const TITLE: &str = "This plan does not open any further here";
pub(crate) const WHAT: &str = "The server sent a change that does not fit this plan, also when the plan was fetched \
    again. It was not applied. Editing has stopped on this page; what was saved is saved.";
pub(crate) const NOTHING_UNSAVED: &str = "Nothing of yours waited to be saved.";
pub(crate) const TO_DO: &str = "Tell whoever runs Interlock here, with the line below; then try again.";
pub(crate) const COPY: &str = "Copy them";

/// The line over the page when the dialog was closed.
pub(crate) fn stopped(unsaved_count: usize) -> String {
    format!("{TITLE}: editing has stopped. {}", unsaved(unsaved_count))
}

/// How many edits the server does not have.
pub(crate) fn unsaved(count: usize) -> String {
    match count {
        0 => NOTHING_UNSAVED.to_owned(),
        1 => "1 edit of yours is not saved: keep it as a file before you leave this page.".to_owned(),
        _ => format!("{count} edits of yours are not saved: keep them as a file before you leave this page."),
    }
}
