//! Others at a cell: a frame in their colour with their initials at its corner, and faintly what they type.

use domain::Scalar;
use leptos::prelude::*;

use super::look::color_class;
use crate::erased::memo;
use crate::store::{CellView, PeerView};
use crate::words;

/// Longest draft that is shown of another person, in characters: its end.
const DRAFT_SHOWN_CHARS: usize = 120;

/// The frames and tags of everyone else at a cell. It never covers words: the tag stands on the corner, the draft
/// behind the value.
#[component]
pub(crate) fn PeerMarks(#[prop(into)] cell: Signal<CellView>) -> impl IntoView {
    let seen = memo(move |_| {
        cell.with(|cell| {
            let text = cell.value.as_ref().and_then(Scalar::as_str).unwrap_or_default();
            (cell.peers.clone(), text.to_owned())
        })
    });
    move || {
        let (peers, text) = seen.get();
        let first = peers.first()?;
        let draft = peers.iter().find_map(draft_of);
        let frame = format!("them {}", color_class(first.color));
        Some(view! {
            {draft.map(|draft| draft_over(&text, &draft))}
            <span class=frame aria-hidden="true"></span>
            <span class="tags">{peers.into_iter().map(tag).collect_view()}</span>
        })
    }
}

/// What another types, over the value: what they kept of it as it is, the rest faint.
fn draft_over(text: &str, draft: &str) -> impl IntoView + use<> {
    let kept: String = text
        .chars()
        .zip(draft.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect();
    let rest = draft[kept.len()..].to_owned();
    view! {
        <span class="draft">
            <span class="kept">{kept}</span>
            {rest}
        </span>
    }
}

fn tag(peer: PeerView) -> impl IntoView {
    let title = words::at_cell(&peer.name, peer.draft.is_some());
    view! {
        <span class=format!("tag {}", color_class(peer.color)) title=title.clone() role="img" aria-label=title>
            {peer.initials}
        </span>
    }
}

/// The end of what a person types.
pub(crate) fn draft_of(peer: &PeerView) -> Option<String> {
    let draft = peer.draft.as_ref().filter(|draft| !draft.trim().is_empty())?;
    let skip = draft.chars().count().saturating_sub(DRAFT_SHOWN_CHARS);
    Some(draft.chars().skip(skip).collect())
}
