//! Edits that the server does not have, as a file: the last resort when a plan cannot go on here.

use std::fmt::Write;

use domain::PlanId;
use plan::Edit;
use serde_json::{Value, json};
use session::Session;

use super::PlanStore;

impl PlanStore {
    /// The edits of each change that the server does not have, once.
    pub(crate) fn unsaved_edits(self) -> Vec<Vec<Edit>> {
        self.link()
            .look(|session| session.unsaved_changes().map(|own| own.edits.clone()).collect())
    }

    /// Why the plan goes on no further here, if it is in safe mode.
    pub(crate) fn peek_safe_mode(self) -> Option<String> {
        self.link().look(|session| session.safe_mode().map(str::to_owned))
    }
}

/// Unsaved and refused edits of a session: what was meant in words, and the unsaved changes byte for byte.
pub(super) fn unsaved(plan: PlanId, session: &Session) -> String {
    let changes: Vec<Value> = session
        .unsaved_changes()
        .map(|own| {
            json!({
                "hash": own.hash.to_string(),
                "base": own.base,
                "made_at_ms": own.at,
                "change_hex": hex(&own.bytes),
                "edits": own.edits.iter().map(edit).collect::<Vec<_>>(),
            })
        })
        .collect();
    let refused: Vec<Value> = session
        .rejected()
        .iter()
        .map(|refused| {
            json!({
                "reason": refused.reason.to_string(),
                "made_at_ms": refused.at,
                "edits": refused.edits.iter().map(edit).collect::<Vec<_>>(),
            })
        })
        .collect();
    let whole = json!({
        "plan": plan,
        "fault": session.fault(),
        "unsaved": changes,
        "refused": refused,
    });
    format!("{whole:#}")
}

fn edit(edit: &Edit) -> Value {
    let place = edit.cell().to_string();
    match edit {
        Edit::MakeItem { fields, .. } => json!({ "make_item": place, "fields": fields }),
        Edit::Put { value, .. } => json!({ "put": place, "value": value }),
        Edit::Clear { .. } => json!({ "clear": place }),
        Edit::MakeParagraph { text, .. } => json!({ "make_paragraph": place, "text": text }),
        Edit::Splice { at, delete, insert, .. } => {
            json!({ "splice": place, "at": at, "delete": delete, "insert": insert })
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
