//! Configuration: flags, then the environment (`INTERLOCK_*`), then a TOML file, then the defaults.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use hyper::Uri;
use serde::Deserialize;

use crate::webhooks::Patience;

/// Where the server listens unless told otherwise.
const LISTEN_DEFAULT: &str = "127.0.0.1:8080";
/// Open connections unless told otherwise.
const CONNECTIONS_MAX_DEFAULT: usize = 10_000;
/// Most open connections that can be asked for: more file handles than a system gives to one process.
const CONNECTIONS_MAX_MAX: usize = 1_000_000;

/// How often what has happened is signed unless told otherwise, in minutes.
const CHECKPOINT_EVERY_DEFAULT: u32 = 60;

/// A plan that nobody has open leaves memory after this time.
const ROOM_IDLE_TIME: Duration = Duration::from_mins(1);

/// Flags of `interlock serve`. Each can also be given in the environment or in the configuration file, under the same
/// name with underscores: `--time-zone`, `INTERLOCK_TIME_ZONE`, `time_zone = "Europe/Berlin"`. A flag wins over the
/// environment, and the environment over the file.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// The data folder: journal, snapshots, cache. Made if it is not there.
    #[arg(long, env = "INTERLOCK_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, env = "INTERLOCK_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// The address people type, when a proxy stands in front: decides links, the origin check and secure cookies.
    /// [default: http:// and the address listened on]
    #[arg(long, env = "INTERLOCK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The workspace's time zone: decides what "today" and "overdue" mean. [default: UTC]
    #[arg(long, env = "INTERLOCK_TIME_ZONE", value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// How the log is written. [default: text]
    #[arg(long, env = "INTERLOCK_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What is logged: error, warn, info, debug, or per module such as info,interlock_server::rooms=debug. [default: info]
    #[arg(long, env = "INTERLOCK_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Connections that may be open at once. [default: 10000]
    #[arg(long, env = "INTERLOCK_CONNECTIONS_MAX", value_name = "N")]
    pub connections_max: Option<usize>,
    /// How often what has happened is signed, in minutes; 0: only by interlock checkpoint. [default: 60]
    #[arg(long, env = "INTERLOCK_CHECKPOINT_EVERY", value_name = "MINUTES")]
    pub checkpoint_every: Option<u32>,
    /// Where signed checkpoints are sent, each as the body of a POST: somewhere that whoever owns the data folder cannot
    /// change afterwards. [default: nowhere]
    #[arg(long, env = "INTERLOCK_CHECKPOINT_WEBHOOK", value_name = "URL")]
    pub checkpoint_webhook: Option<String>,
    /// Start with a sample plan and its administrator admin@example.com, if there is no plan yet.
    #[arg(long, env = "INTERLOCK_SAMPLE", num_args = 0, default_missing_value = "true", value_parser = clap::builder::BoolishValueParser::new())]
    pub sample: Option<bool>,
    /// Webhooks may also go to inside addresses (this machine, the local network) and over plain http: for systems that stand
    /// beside this one. Whoever may make a webhook reaches them then.
    #[arg(long, env = "INTERLOCK_WEBHOOKS_INSIDE", num_args = 0, default_missing_value = "true", value_parser = clap::builder::BoolishValueParser::new())]
    pub webhooks_inside: Option<bool>,
    /// A TOML file with any of these settings. [default: DIR/interlock.toml, if it is there]
    #[arg(long, env = "INTERLOCK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings of a TOML file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<String>,
    public_url: Option<String>,
    time_zone: Option<String>,
    log_format: Option<LogFormat>,
    log: Option<String>,
    connections_max: Option<usize>,
    checkpoint_every: Option<u32>,
    checkpoint_webhook: Option<String>,
    sample: Option<bool>,
    webhooks_inside: Option<bool>,
}

/// What the server runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: String,
    /// The address people type, without a slash at its end.
    pub public_url: Option<String>,
    /// The workspace's time zone.
    pub time_zone: Tz,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// Open connections.
    pub connections_max: usize,
    /// How often what has happened is signed; nothing: when it is asked for.
    pub checkpoint_every: Option<Duration>,
    /// Where signed checkpoints are sent.
    pub checkpoint_webhook: Option<Uri>,
    /// Whether to begin with a sample plan.
    pub sample: bool,
    /// Whether webhooks may go to inside addresses and over plain http.
    pub webhooks_inside: bool,
    /// How often a webhook is tried. Not a setting: tests make it short.
    pub webhooks_patience: Patience,
    /// Certificates, in DER, that webhooks trust besides the system's. Not a setting: tests make their own.
    pub webhooks_trusted: Vec<Vec<u8>>,
    /// A plan that nobody has open leaves memory after this time. Not a setting: tests make it short.
    pub room_idle_time: Duration,
}

/// The settings cannot be used: to start again with the same changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the settings cannot be used")]
pub struct WrongSettings;

impl Config {
    /// The defaults, on a data folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: LISTEN_DEFAULT.to_owned(),
            public_url: None,
            time_zone: Tz::UTC,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            connections_max: CONNECTIONS_MAX_DEFAULT,
            checkpoint_every: minutes(CHECKPOINT_EVERY_DEFAULT),
            checkpoint_webhook: None,
            sample: false,
            webhooks_inside: false,
            webhooks_patience: Patience::default(),
            webhooks_trusted: Vec::new(),
            room_idle_time: ROOM_IDLE_TIME,
        }
    }

    /// Puts flags, environment (clap has read it into the flags) and file together. What is wrong with them bears
    /// [`WrongSettings`].
    pub fn resolve(args: ServeArgs) -> Result<Self> {
        Self::put_together(args).context(WrongSettings)
    }

    fn put_together(args: ServeArgs) -> Result<Self> {
        let file = read_file(&args)?;
        let Some(data) = args.data.or(file.data) else {
            bail!("no data folder: give --data DIR (or INTERLOCK_DATA)");
        };
        let mut config = Self::new(data);
        if let Some(listen) = args.listen.or(file.listen) {
            let port = listen.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(_))) {
                bail!("'{listen}' is not an address to listen on: use one such as 127.0.0.1:8080");
            }
            config.listen = listen;
        }
        config.public_url = args
            .public_url
            .or(file.public_url)
            .map(|url| checked_url(&url))
            .transpose()?;
        if let Some(name) = args.time_zone.or(file.time_zone) {
            config.time_zone = name
                .parse()
                .map_err(|_| anyhow::anyhow!("'{name}' is not a time zone: use a name such as Europe/Berlin"))?;
        }
        config.log_format = args.log_format.or(file.log_format).unwrap_or_default();
        if let Some(log) = args.log.or(file.log) {
            config.log = log;
        }
        if let Some(max) = args.connections_max.or(file.connections_max) {
            config.connections_max = max.clamp(1, CONNECTIONS_MAX_MAX);
        }
        config.webhooks_inside = args.webhooks_inside.or(file.webhooks_inside).unwrap_or(false);
        if let Some(every) = args.checkpoint_every.or(file.checkpoint_every) {
            config.checkpoint_every = minutes(every);
        }
        config.checkpoint_webhook = args
            .checkpoint_webhook
            .or(file.checkpoint_webhook)
            .map(|url| checked_webhook(&url))
            .transpose()?;
        config.sample = args.sample.or(file.sample).unwrap_or(false);
        Ok(config)
    }
}

fn read_file(args: &ServeArgs) -> Result<File> {
    let usual = args
        .data
        .as_deref()
        .map(|data| data.join("interlock.toml"))
        .filter(|path| path.exists());
    match args.config.as_deref().or(usual.as_deref()) {
        Some(path) => parse_file(path),
        None => Ok(File::default()),
    }
}

fn parse_file(path: &Path) -> Result<File> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the settings in {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the settings in {} are not right", path.display()))
}

fn minutes(count: u32) -> Option<Duration> {
    (count > 0).then(|| Duration::from_mins(u64::from(count)))
}

fn checked_webhook(url: &str) -> Result<Uri> {
    let uri: Option<Uri> = url.parse().ok();
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    uri.filter(is_web).with_context(|| {
        format!("'{url}' is not an address to send to: use one such as https://witness.example.com/in")
    })
}

fn checked_url(url: &str) -> Result<String> {
    // As a browser writes an origin: in lower case, without the port that is meant anyway.
    let lower = url.trim_end_matches('/').to_ascii_lowercase();
    let (scheme, host) = lower.split_once("://").unwrap_or_default();
    let host = match scheme {
        "https" => host.strip_suffix(":443").unwrap_or(host),
        "http" => host.strip_suffix(":80").unwrap_or(host),
        _ => "",
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    if !host.is_empty() && host.chars().all(is_host) {
        Ok(format!("{scheme}://{host}"))
    } else {
        bail!("'{url}' is not a public address: use one such as https://plans.example.com")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let text = "listen = \"127.0.0.1:1\"\ntime_zone = \"Europe/Berlin\"\n";
        std::fs::write(dir.path().join("interlock.toml"), text).expect("the test can write its file");
        let args = ServeArgs {
            data: Some(dir.path().to_owned()),
            listen: Some("127.0.0.1:2".to_owned()),
            ..ServeArgs::default()
        };
        let config = Config::resolve(args).expect("good settings");
        assert_eq!(config.listen, "127.0.0.1:2");
        assert_eq!(config.time_zone, Tz::Europe__Berlin);
        assert_eq!(config.connections_max, CONNECTIONS_MAX_DEFAULT);
    }

    #[test]
    fn a_setting_that_is_not_known_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(dir.path().join("interlock.toml"), "lsten = \"x\"\n").expect("the test can write its file");
        let args = ServeArgs {
            data: Some(dir.path().to_owned()),
            ..ServeArgs::default()
        };
        let error = Config::resolve(args).expect_err("a misspelled setting");
        assert!(format!("{error:#}").contains("lsten"), "{error:#}");
    }

    #[test]
    fn a_public_address_is_a_scheme_and_a_host() {
        assert_eq!(
            checked_url("https://plans.example.com/").ok().as_deref(),
            Some("https://plans.example.com")
        );
        for url in ["HTTPS://Plans.Example.com:443", "https://plans.example.com"] {
            assert_eq!(
                checked_url(url).ok().as_deref(),
                Some("https://plans.example.com"),
                "{url}: as a browser names it"
            );
        }
        let other = checked_url("http://[::1]:8443").ok();
        assert_eq!(other.as_deref(), Some("http://[::1]:8443"));
        for url in [
            "plans.example.com",
            "https://",
            "ftp://x",
            "https://a/b",
            "https://u@h",
            "https://a b",
            "https://a\nb",
            "https://:443",
        ] {
            assert!(checked_url(url).is_err(), "{url}");
        }
    }
}
