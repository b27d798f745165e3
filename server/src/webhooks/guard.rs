//! No way to inside addresses: an address is resolved, every answer is looked at, and the connection goes to just what was
//! looked at. Nothing is resolved a second time, so an answer that changes in between changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hyper::Uri;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// How long a name may take to be resolved.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// Longest address, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;
/// Most answers of a name that are looked at: more is no honest name.
const ANSWERS_MAX: usize = 64;

/// Why nothing is sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no address of a webhook.
    #[error("a webhook's address is one such as https://hooks.example/interlock, without a name and password in it")]
    NoAddress,
    /// Plain http.
    #[error("a webhook's address begins with https://")]
    NotHttps,
    /// It leads inside.
    #[error("this address leads to {0}, which is not on the internet: webhooks do not go to inside addresses")]
    Inside(IpAddr),
    /// It leads nowhere.
    #[error("the name {0} cannot be resolved")]
    Unresolved(String),
}

/// What an operator lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowed {
    /// Inside addresses, and plain http.
    pub inside: bool,
}

/// Where something is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The host's name, for TLS and the `Host` header.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Path and query.
    pub path: String,
}

impl Target {
    /// Reads an address. What it leads to is looked at when it is resolved.
    pub fn parse(url: &str, allowed: Allowed) -> Result<Self, Refusal> {
        // `Uri` cuts off what stands behind a '#'.
        let plain = url.len() <= URL_BYTES_MAX && !url.contains('#');
        let uri: Uri = url.parse().ok().filter(|_| plain).ok_or(Refusal::NoAddress)?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if allowed.inside => false,
            Some("http") => return Err(Refusal::NotHttps),
            _ => return Err(Refusal::NoAddress),
        };
        let authority = uri.authority().ok_or(Refusal::NoAddress)?;
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(Refusal::NoAddress);
        }
        let port = match (authority.port(), tls) {
            (Some(port), _) => port.as_str().parse().map_err(|_| Refusal::NoAddress)?,
            // What stands there is no port.
            (None, _) if authority.as_str() != authority.host() => return Err(Refusal::NoAddress),
            (None, true) => 443,
            (None, false) => 80,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { host, port, tls, path })
    }

    /// Resolves it; every answer must be outside.
    pub async fn resolve(&self, allowed: Allowed) -> Result<SocketAddr, Refusal> {
        let unresolved = || Refusal::Unresolved(self.host.clone());
        let answers = timeout(RESOLVE_TIME, lookup_host((self.host.as_str(), self.port))).await;
        let answers = answers.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
        let mut chosen = None;
        for answer in answers.take(ANSWERS_MAX) {
            if !allowed.inside && !is_outside(answer.ip()) {
                return Err(Refusal::Inside(answer.ip()));
            }
            chosen = chosen.or(Some(answer));
        }
        chosen.ok_or_else(unresolved)
    }

    /// The `Host` header.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.port, self.tls) {
            (443, true) | (80, false) => host,
            (port, _) => format!("{host}:{port}"),
        }
    }
}

/// Whether an address is one of the internet at large.
pub fn is_outside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_outside_v4(ip),
        IpAddr::V6(ip) => is_outside_v6(ip),
    }
}

/// Blocks that are not the internet's: the registry of special addresses (RFC 6890 and what follows it), 6to4 relays,
/// multicast and what is reserved.
const INSIDE_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Where clouds keep what a machine is told about itself, too.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
    // The wire server of one cloud, on an address that looks like the internet's.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

fn is_outside_v4(ip: Ipv4Addr) -> bool {
    let is_in = |(block, bits): &(Ipv4Addr, u32)| (ip.to_bits() ^ block.to_bits()).leading_zeros() >= *bits;
    !INSIDE_V4.iter().any(is_in)
}

fn is_outside_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let low = Ipv4Addr::from_bits((u32::from(segments[6]) << 16) | u32::from(segments[7]));
    match segments {
        // An IPv4 address in another dress: it counts as what it is.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_outside_v4(low),
        // 6to4 has the IPv4 address behind its prefix.
        [0x2002, high, rest, ..] => is_outside_v4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(rest))),
        // Teredo and other special blocks; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only this eighth is the internet's.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_known_in_every_dress() {
        for ip in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001:0:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!is_outside(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn the_internet_is_outside() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_outside(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn an_address_is_https_and_names_no_person() {
        let strict = Allowed::default();
        let target = Target::parse("https://Example.com/in?x=1", strict).expect("an address");
        assert_eq!(
            (target.host.as_str(), target.port, target.path.as_str()),
            ("example.com", 443, "/in?x=1")
        );
        assert_eq!(target.authority(), "example.com");
        for url in [
            "ftp://example.com/",
            "example.com",
            "https://",
            "https://a@b/",
            "https://a:b@c/",
            "https:///x",
            "//example.com/",
            "https://example.com:99999/",
            "https://example.com/#x",
            "javascript:alert(1)",
            "",
            "https://exa mple.com/",
        ] {
            assert_eq!(Target::parse(url, strict), Err(Refusal::NoAddress), "{url}");
        }
        assert_eq!(Target::parse("http://example.com/", strict), Err(Refusal::NotHttps));
        assert!(Target::parse("http://example.com/", Allowed { inside: true }).is_ok());
    }

    #[tokio::test]
    async fn other_spellings_of_the_own_machine_lead_inside() {
        let strict = Allowed::default();
        for url in [
            "https://127.0.0.1/",
            "https://localhost/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://0/",
            "https://169.254.169.254/",
        ] {
            let Ok(target) = Target::parse(url, strict) else {
                continue;
            };
            let refused = target.resolve(strict).await;
            // Some systems do not take the odd spellings for addresses at all: as good.
            assert!(
                matches!(refused, Err(Refusal::Inside(_) | Refusal::Unresolved(_))),
                "{url}: {refused:?}"
            );
        }
        let here = Target::parse("https://127.0.0.1/", strict).expect("an address");
        assert!(matches!(here.resolve(strict).await, Err(Refusal::Inside(_))));
        assert!(here.resolve(Allowed { inside: true }).await.is_ok());
    }
}
