//! People as discs with initials, in their colour.

use domain::PersonId;
use leptos::prelude::*;

use crate::erased::{For, memo};
use crate::store::{Here, color_of, initials, use_store};
use crate::views::Logo;
use crate::words;

/// Most faces in a row; the rest is a number.
const FACES_MAX: usize = 6;

/// One person, small, as beside a name. The name is its title and read aloud.
#[component]
pub(crate) fn Face(
    /// Who.
    person: PersonId,
    /// Whether the name stands beside it, so that the face need not be read aloud.
    #[prop(optional)]
    named: bool,
) -> impl IntoView {
    if person == PersonId::SERVER {
        // It is nobody: it has no initials.
        return view! {
            <span class="face s server" title=words::THE_SERVER aria-hidden=named.then_some("true")>
                <Logo />
                <span class="sr">{words::THE_SERVER}</span>
            </span>
        }
        .into_any();
    }
    let store = use_store();
    let people = store.people();
    let name = memo(move |_| {
        people
            .with(|people| {
                people
                    .iter()
                    .find(|known| known.id == person)
                    .map(|known| known.name.clone())
            })
            .or_else(|| store.stranger(person))
            .unwrap_or_else(|| words::SOMEONE.to_owned())
    });
    let color = memo(move |_| people.with(|people| color_of(people.iter().map(|known| known.id), person)));
    view! {
        <span class=move || format!("face s c{}", color.get()) title=name aria-hidden=named.then_some("true")>
            <span aria-hidden="true">{move || initials(&name.get())}</span>
            <span class="sr">{name}</span>
        </span>
    }
    .into_any()
}

/// Everyone who is here, and how many.
#[component]
pub(crate) fn Faces(
    /// The others.
    #[prop(into)]
    here: Signal<Vec<Here>>,
) -> impl IntoView {
    let shown = move || here.with(|here| here.iter().take(FACES_MAX).cloned().collect::<Vec<_>>());
    let face = |here: Here| {
        view! {
            <li class=format!("face c{}", here.color) title=here.name.clone()>
                <span aria-hidden="true">{here.initials}</span>
                <span class="sr">{here.name.clone()}</span>
            </li>
        }
    };
    view! {
        <div class="here">
            <ul class="faces" aria-label=words::HERE>
                <For each=shown key=|here| (here.person, here.name.clone()) children=face />
            </ul>
            <span class="faint small">{move || words::here(here.with(Vec::len) + 1)}</span>
        </div>
    }
}
