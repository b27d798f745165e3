//! Tests with a real browser: one module per subject.

mod accessibility;
mod also;
mod archived;
mod away;
mod clipboard;
mod erased;
mod focus;
mod harness;
mod history;
mod home;
mod journey;
mod leaving;
mod links;
mod notes;
mod office;
mod order;
mod parts;
mod personal;
mod pictures;
mod refused;
mod roles;
mod sight;
mod together;
mod tracker;
mod trouble;
mod widths;

use e2e::browser::Browser;
use e2e::driver::Driver;
use e2e::page::Page;
use e2e::server::{ADMINISTRATOR, Server};

/// Who owns the sample plan: names it, puts it away, gives roles. The others are its sellers.
pub(crate) const EXECUTIVE: &str = "mara.keller@example.com";

/// A server with its sample, a driver, and where the plan is.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) driver: Driver,
    pub(crate) plan: String,
    folder: tempfile::TempDir,
}

/// A person of the sample.
#[derive(Debug, Clone, serde::Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Stage {
    /// Starts a server on a new data folder.
    pub(crate) fn set() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Server::start(&folder.path().join("data"))?;
        let plan = server.sample()?.id;
        Ok(Self {
            server,
            driver: Driver::start()?,
            plan,
            folder,
        })
    }

    /// `kill -9`, then a new server on the same data and at the same address, when `between` has ended.
    pub(crate) async fn restart(self, between: impl AsyncFnOnce() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let listen = self.server.listen().to_owned();
        self.server.kill();
        between().await?;
        let server = Server::start_at(&self.folder.path().join("data"), &listen)?;
        Ok(Self { server, ..self })
    }

    /// The address of a section of the sample plan.
    pub(crate) fn section(&self, section: &str) -> String {
        self.server.url(&format!("/plans/{}/{section}", self.plan))
    }

    /// A browser whose person is signed in and looks at a section of the plan.
    pub(crate) async fn enter(&self, email: &str, section: &str) -> anyhow::Result<Browser> {
        let browser = Browser::open(&self.driver).await?;
        let page = browser.sign_in(&self.server, email).await?;
        page.open_plan(&self.section(section)).await?;
        Ok(browser)
    }

    /// Two people in two browsers: the administrator, who is a seller in the plan, and its client executive.
    pub(crate) async fn enter_two(&self, section: &str) -> anyhow::Result<((Browser, Person), (Browser, Person))> {
        let first = self.enter(ADMINISTRATOR, section).await?;
        let people = people(&first.page()).await?;
        let find = |email: &str| {
            let person = people.iter().find(|person| person.email == email);
            person
                .cloned()
                .ok_or_else(|| anyhow::anyhow!("the sample's people are {people:?}"))
        };
        let (administrator, colleague) = (find(ADMINISTRATOR)?, find(EXECUTIVE)?);
        let second = self.enter(&colleague.email, section).await?;
        Ok(((first, administrator), (second, colleague)))
    }
}

pub(crate) async fn people(page: &Page<'_>) -> anyhow::Result<Vec<Person>> {
    Ok(serde_json::from_value(page.get_json("/api/v1/people").await?)?)
}
