//! The head of a table.

use leptos::prelude::*;

use crate::words;

/// What the columns of a table are called. The last one, of buttons, is called so for who does not see it.
#[component]
pub(crate) fn Columns(
    /// The word and the class of each but the last.
    of: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let head = |(word, class): &'static (&'static str, &'static str)| {
        view! {
            <th scope="col" class=*class>
                {*word}
            </th>
        }
    };
    view! {
        <thead>
            <tr>
                {of.iter().map(head).collect_view()}
                <th scope="col">
                    <span class="sr">{words::WHAT_TO_DO}</span>
                </th>
            </tr>
        </thead>
    }
}
