//! A browser with a profile of its own: one person at one machine.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

use crate::driver::Driver;
use crate::page::Page;
use crate::server::Server;

/// How long a page may take for what a test waits for.
pub const WAIT_LIMIT: Duration = Duration::from_secs(20);

/// Names that the browser may have on this system; the driver's own choice when none of them is there.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// What every browser is started with.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox", // it cannot make one in a container, or as root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1440,900",
];

/// A browser session.
pub struct Browser {
    driver: WebDriver,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a browser with an empty profile.
    pub async fn open(driver: &Driver) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut capabilities = DesiredCapabilities::chrome();
        if let Some(browser) = find_browser() {
            capabilities.set_binary(&browser)?;
        }
        for argument in ARGUMENTS {
            capabilities.add_arg(argument)?;
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(driver.address(), capabilities)
            .await
            .context("chromedriver gave no session")?;
        driver.set_script_timeout(WAIT_LIMIT).await?;
        Ok(Self {
            driver,
            _profile: profile,
        })
    }

    /// What a person does who got a sign-in link: open it, and press the one button.
    pub async fn sign_in(&self, server: &Server, email: &str) -> anyhow::Result<Page<'_>> {
        let page = self.page();
        page.go(&server.link(email)?).await?;
        page.click_button("Sign in").await?;
        page.wait("the page after signing in", "!location.pathname.startsWith('/sign-in')")
            .await?;
        Ok(page)
    }

    /// The page that the browser shows.
    pub fn page(&self) -> Page<'_> {
        Page::new(&self.driver)
    }

    /// From the next page on, runs a script in each before anything of its own.
    pub async fn before_pages(&self, script: &str) -> anyhow::Result<()> {
        let tools = self.driver.cdp();
        tools.send_raw("Page.enable", json!({})).await?;
        tools
            .send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }))
            .await?;
        Ok(())
    }

    /// From now on, loads of these addresses (`*` stands for anything) fail as without a network; none: all load again.
    pub async fn block(&self, addresses: &[&str]) -> anyhow::Result<()> {
        let tools = self.driver.cdp();
        tools.send_raw("Network.enable", json!({})).await?;
        tools
            .send_raw("Network.setBlockedURLs", json!({ "urls": addresses }))
            .await?;
        Ok(())
    }

    /// Ends the session; what the page has complained about is an error (a panic, a violation of its policy).
    pub async fn close(self) -> anyhow::Result<()> {
        self.close_with(&[]).await
    }

    /// As [`Browser::close`], where the browser itself must complain, such as about a server that is away: entries with
    /// one of these words are no error.
    pub async fn close_with(self, expected: &[&str]) -> anyhow::Result<()> {
        let log = self.driver.browser_log().await?;
        let is_expected = |message: &str| expected.iter().any(|words| message.contains(words));
        let complaints = log.iter().filter(|entry| !is_expected(&entry.message));
        let complaints: Vec<String> = complaints
            .map(|entry| format!("{} {}", entry.level, entry.message))
            .collect();
        self.driver.quit().await?;
        ensure!(
            complaints.is_empty(),
            "the browser's log is not empty:\n{}",
            complaints.join("\n")
        );
        Ok(())
    }
}

fn find_browser() -> Option<String> {
    if let Some(browser) = std::env::var_os("CHROMIUM") {
        return browser.into_string().ok();
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let candidates = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates
        .into_iter()
        .find(|file| file.is_file())
        .and_then(|file| file.to_str().map(str::to_owned))
}
