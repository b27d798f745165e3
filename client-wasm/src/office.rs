//! Who takes part, and what programs may: members of a plan, my tokens, the people of the workspace. Rarely opened, so a
//! part of the program of its own (see [`crate::lazy`]). None of it needs the engine that edits a plan.

mod all_tokens;
mod asked;
mod assign;
mod audit;
mod builder;
mod invite;
mod members;
mod owed;
mod people;
mod plans;
mod teams;
mod token_form;
mod token_table;
mod tokens;

use domain::PlanId;
use leptos::prelude::*;

use crate::api::Me;
use crate::frame::{PersonMenu, Toasts};
use crate::route::Route;
use crate::router::Link;
use crate::views::Logo;
use crate::words;

pub(crate) use builder::Shape;

/// A page of this part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Room {
    /// Who takes part in a plan; inside that plan's frame.
    Members(PlanId, Me),
    /// My API tokens.
    Tokens(Me),
    /// The people and teams of the workspace.
    People(Me),
}

/// Makes a page of this part.
pub(crate) fn room(room: Room) -> AnyView {
    match room {
        Room::Members(plan, me) => view! { <members::MembersPage plan me /> }.into_any(),
        Room::Tokens(me) => framed(me, words::TOKENS, || view! { <tokens::TokensPage /> }.into_any()),
        Room::People(me) => {
            let you = me.id;
            framed(me, words::WORKSPACE, move || {
                view! { <people::PeoplePage you /> }.into_any()
            })
        }
    }
}

/// A page outside of any plan, under the bar.
fn framed(me: Me, title: &'static str, page: impl FnOnce() -> AnyView) -> AnyView {
    crate::browser::set_title(&words::title(title));
    crate::browser::mend_focus(&["#page"]);
    view! {
        <div class="home">
            <header class="bar">
                <Link to=Route::Home class="logo-link">
                    <Logo />
                    <span class="sr">{words::APP}</span>
                </Link>
                <nav class="crumb" aria-label=words::WHERE>
                    <Link to=Route::Home class="crumb-up">
                        {words::PLANS}
                    </Link>
                    <span aria-hidden="true" class="crumb-up">
                        "/"
                    </span>
                    <b>{title}</b>
                </nav>
                <span class="grow"></span>
                <PersonMenu me />
            </header>
            <main class="page" id="page" tabindex="-1">
                {page()}
            </main>
            <Toasts />
        </div>
    }
    .into_any()
}
