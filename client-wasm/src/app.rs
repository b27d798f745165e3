//! The application: who is signed in, and which page the address asks for.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError, Me};
use crate::erased::memo;
use crate::lazy::{LazyPlan, LazyRoom, load_ahead};
use crate::office::Room;
use crate::pages::{Home, SignIn};
use crate::route::Route;
use crate::router::{Link, Router};
use crate::theme;
use crate::views::Logo;
use crate::words;

/// Who is signed in, as far as we know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Account {
    /// The server has not answered yet.
    Asking,
    /// This person.
    In(Me),
    /// Nobody.
    Out,
    /// The server does not answer, or not as it should.
    Failed(ApiError),
}

/// Who is signed in, for every view.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    account: RwSignal<Account>,
}

impl Session {
    /// Asks the server who is signed in.
    pub(crate) fn ask(self) {
        spawn_local(async move {
            let account = match api::me().await {
                Ok(me) => Account::In(me),
                Err(error) if error.is_signed_out() => Account::Out,
                Err(error) => Account::Failed(error),
            };
            self.account.set(account);
        });
    }

    /// The server has said that nobody is signed in any more.
    pub(crate) fn ended(self) {
        self.account.set(Account::Out);
    }
}

/// The session, for every view.
pub(crate) fn use_session() -> Session {
    expect_context()
}

/// The whole application.
#[component]
pub(crate) fn App() -> impl IntoView {
    let router = Router::start();
    provide_context(router);
    provide_context(theme::start());
    let session = Session {
        account: RwSignal::new(Account::Asking),
    };
    provide_context(session);
    // A person who comes with a link is not signed in yet: nothing is asked until the link is used.
    if router.route().get_untracked() != Route::SignIn {
        session.ask();
    }

    // What to draw changes only with the kind of page or with the plan, not with the place inside one.
    let screen = memo(move |_| match (router.route().get(), session.account.get()) {
        (Route::SignIn, _) => Screen::SignIn,
        (_, Account::Asking) => Screen::Nothing,
        (_, Account::Out) => Screen::SignedOut,
        (_, Account::Failed(error)) => Screen::Failed(error.words),
        (Route::Home, Account::In(me)) => Screen::Home(me),
        (Route::Tokens, Account::In(me)) => Screen::Room(Room::Tokens(me)),
        (Route::People, Account::In(me)) => Screen::Room(Room::People(me)),
        (Route::Plan { plan, .. }, Account::In(me)) => Screen::Plan(plan, me),
        (Route::Unknown, Account::In(_)) => Screen::Unknown,
    });
    move || match screen.get() {
        Screen::Nothing => ().into_any(),
        Screen::SignIn => view! { <SignIn /> }.into_any(),
        Screen::SignedOut => view! { <SignedOut /> }.into_any(),
        Screen::Failed(words) => view! { <Failed words /> }.into_any(),
        Screen::Home(me) => {
            load_ahead();
            view! { <Home me /> }.into_any()
        }
        Screen::Plan(plan, me) => view! { <LazyPlan plan me /> }.into_any(),
        Screen::Room(room) => view! { <LazyRoom room /> }.into_any(),
        Screen::Unknown => view! { <Unknown /> }.into_any(),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Screen {
    Nothing,
    SignIn,
    SignedOut,
    Failed(String),
    Home(Me),
    Plan(domain::PlanId, Me),
    Room(Room),
    Unknown,
}

/// A message in the middle of an empty page.
#[component]
pub(crate) fn Notice(
    /// What has happened.
    #[prop(into)]
    title: String,
    /// What to do.
    children: Children,
) -> impl IntoView {
    view! {
        <main class="notice" id="page">
            <div class="card">
                <Logo />
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

#[component]
fn SignedOut() -> impl IntoView {
    view! {
        <Notice title=words::SIGNED_OUT>
            <p class="muted">{words::HOW_TO_SIGN_IN}</p>
        </Notice>
    }
}

#[component]
fn Failed(words: String) -> impl IntoView {
    let session = use_session();
    view! {
        <Notice title=words::NO_SERVER>
            <p class="muted">{words}</p>
            <button type="button" class="btn go" on:click=move |_| session.ask()>
                {words::TRY_AGAIN}
            </button>
        </Notice>
    }
}

#[component]
fn Unknown() -> impl IntoView {
    view! {
        <Notice title=words::NO_SUCH_PAGE>
            <p>
                <Link to=Route::Home class="btn go">
                    {words::TO_THE_PLANS}
                </Link>
            </p>
        </Notice>
    }
}
