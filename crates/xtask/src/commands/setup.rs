//! `cargo xtask setup`: what the build and the tests need from outside cargo.
//!
//! What is missing is installed through the system's package manager where that works without a question (as root, or
//! with sudo that asks for no password). Where it does not, the error says what to install: no test is skipped.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::process::{self, find_program};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Names of the browser and its driver on the systems that have them. The tests look for the same.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const DRIVERS: [&str; 1] = ["chromedriver"];

/// A package manager, how it installs without asking, and its names for browser, driver and font, and for what runs the
/// tools of `cargo xtask api`.
struct Manager {
    program: &'static str,
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    browser: &'static [&'static str],
    api: &'static [&'static str],
    needs_root: bool,
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "apt-get",
        refresh: Some(&["update", "-q"]),
        install: &["install", "-y", "-q", "--no-install-recommends"],
        browser: &["chromium", "chromium-driver", "fonts-dejavu-core"],
        api: &["npm", "python3-venv"],
        needs_root: true,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["install", "-y"],
        browser: &["chromium", "chromedriver", "dejavu-sans-fonts"],
        api: &["npm", "python3"],
        needs_root: true,
    },
    Manager {
        program: "pacman",
        refresh: None,
        install: &["-Sy", "--noconfirm", "--needed"],
        browser: &["chromium", "ttf-dejavu"],
        api: &["npm", "python"],
        needs_root: true,
    },
    Manager {
        program: "brew",
        refresh: None,
        install: &["install"],
        browser: &["--cask", "chromium", "chromedriver"],
        api: &["node", "python"],
        needs_root: false,
    },
];

/// Everything: the wasm target, lints and formatter, the browser, its driver, a font.
pub(crate) fn run() -> anyhow::Result<()> {
    wasm_target()?;
    components()?;
    browser()
}

/// The standard library for the browser.
pub(crate) fn wasm_target() -> anyhow::Result<()> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("no rustc in PATH")?;
    let sysroot = String::from_utf8(output.stdout).context("rustc printed a path that is not text")?;
    let library = std::path::Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM_TARGET);
    if library.exists() {
        return Ok(());
    }
    if find_program(&["rustup"]).is_none() {
        bail!("the compiler has no {WASM_TARGET} target and there is no rustup to add it; please install the target");
    }
    process::run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
}

/// `cargo fmt` and `cargo clippy`, which a minimal toolchain lacks.
fn components() -> anyhow::Result<()> {
    if runs("cargo", &["fmt", "--version"]) && runs("cargo", &["clippy", "--version"]) {
        return Ok(());
    }
    if find_program(&["rustup"]).is_none() {
        bail!("cargo fmt and cargo clippy are needed and there is no rustup to add them; please install both");
    }
    process::run(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))
}

/// The browser, its driver and a font.
fn browser() -> anyhow::Result<()> {
    let needed = format!(
        "Chromium ({}), chromedriver and one font, or set CHROMIUM and CHROMEDRIVER",
        BROWSERS.join(" or ")
    );
    install(missing, |manager| manager.browser, &needed)
}

/// What fetches and runs the tools of `cargo xtask api`.
pub(crate) fn api_tools() -> anyhow::Result<()> {
    let missing = || {
        if find_program(&["npx"]).is_none() {
            Some("npx")
        } else if !runs("python3", &["-c", "import venv, ensurepip"]) {
            Some("python3 with venv")
        } else {
            None
        }
    };
    install(
        missing,
        |manager| manager.api,
        "Node.js with npx, and Python 3 with venv",
    )
}

/// Installs packages while something is missing.
fn install(
    missing: impl Fn() -> Option<&'static str>,
    packages: impl Fn(&Manager) -> &'static [&'static str],
    needed: &str,
) -> anyhow::Result<()> {
    let Some(first) = missing() else { return Ok(()) };
    let manager = MANAGERS
        .iter()
        .find(|manager| find_program(&[manager.program]).is_some());
    let Some(manager) = manager else {
        bail!("{first} is missing and there is no package manager known here; please install {needed}");
    };
    let Some(prefix) = privilege(manager) else {
        bail!(
            "{first} is missing and {} needs root, or sudo without a password; please install {needed}",
            manager.program
        );
    };
    let command = |arguments: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .copied()
            .chain([manager.program])
            .chain(arguments.iter().copied())
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command
    };
    if let Some(refresh) = manager.refresh {
        process::run(&mut command(refresh))?;
    }
    process::run(&mut command(&[manager.install, packages(manager)].concat()))?;
    match missing() {
        None => Ok(()),
        Some(still) => bail!("{still} is still missing after the installation; please install {needed}"),
    }
}

/// The first thing that the browser tests lack.
fn missing() -> Option<&'static str> {
    if std::env::var_os("CHROMIUM").is_none() && find_program(&BROWSERS).is_none() {
        return Some("Chromium");
    }
    if std::env::var_os("CHROMEDRIVER").is_none() && find_program(&DRIVERS).is_none() {
        return Some("chromedriver");
    }
    (!has_font()).then_some("a font")
}

/// Chromium draws nothing but boxes on a system with no font at all.
fn has_font() -> bool {
    let output = Command::new("fc-list").output();
    match output {
        Ok(output) => !output.stdout.is_empty(),
        Err(_) => cfg!(target_os = "macos") || std::path::Path::new("/usr/share/fonts").exists(),
    }
}

/// The words before the package manager's name: none as root, `sudo -n` where it asks no password.
fn privilege(manager: &Manager) -> Option<&'static [&'static str]> {
    if !manager.needs_root || rustix::process::geteuid().is_root() {
        Some(&[])
    } else {
        runs("sudo", &["-n", "true"]).then_some(&["sudo", "-n"])
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
