//! Where a request came from: the address of the connection, or what trusted proxies say of it.
//!
//! Proxies say it in `X-Forwarded-For` or in `Forwarded` (RFC 7239), each behind what stood there before. So the headers
//! are read from the right, as far as trusted proxies wrote them: the first address that is not one of theirs is the
//! client's. What the client wrote itself stands further left and changes nothing.
//!
//! A proxy that writes one of the two may pass the other on as the client sent it. Where both are there they have to agree,
//! or nobody knows the address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How often the log says that an address could not be read.
const NOTE_EVERY: Duration = Duration::from_mins(1);

/// Why nobody knows the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("The address of the client could not be read: the connection has none.")]
    Connection,
    #[error("The address of the client could not be read from X-Forwarded-For.")]
    ForwardedFor,
    #[error("The address of the client could not be read from Forwarded.")]
    Forwarded,
    #[error("The address of the client could not be read: X-Forwarded-For and Forwarded name different ones.")]
    Disagree,
}

/// The client's address. Where it cannot be read, the log says so, too.
pub(super) fn client_address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Result<IpAddr, Unreadable> {
    static NOTES: Notes = Notes::new();
    let address = read(peer, headers, trusted);
    if let Err(why) = address {
        NOTES.note(why, peer, Instant::now());
    }
    address
}

/// The same as text.
pub(super) fn as_text(address: Result<IpAddr, Unreadable>) -> String {
    address.map_or_else(|_| "unknown".to_owned(), |address| address.to_string())
}

fn read(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, Unreadable> {
    let peer = peer.ok_or(Unreadable::Connection)?.to_canonical();
    if !is_trusted(peer, trusted) {
        return Ok(peer);
    }
    match (from_forwarded_for(headers, trusted), from_forwarded(headers, trusted)) {
        (None, None) => Ok(peer),
        (Some(Ok(one)), Some(Ok(other))) if one != other => Err(Unreadable::Disagree),
        (Some(Err(why)), _) | (_, Some(Err(why))) => Err(why),
        (Some(address), _) | (None, Some(address)) => address,
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// What `X-Forwarded-For` says; `None` where there is none.
fn from_forwarded_for(headers: &HeaderMap, trusted: &[IpNet]) -> Option<Result<IpAddr, Unreadable>> {
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(node);
    client(hops, trusted).map(|address| address.ok_or(Unreadable::ForwardedFor))
}

/// What `Forwarded` says; `None` where there is none, or where the nearest proxy says nothing of an address in it.
fn from_forwarded(headers: &HeaderMap, trusted: &[IpNet]) -> Option<Result<IpAddr, Unreadable>> {
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut hops = lines
        .flat_map(|line| FromTheRight::new(line.as_bytes(), b','))
        .map(forwarded_for)
        .peekable();
    if *hops.peek()? == Hop::Unsaid {
        return None;
    }
    let hops = hops.map(|hop| match hop {
        Hop::Address(address) => Some(address),
        Hop::Unsaid | Hop::Unreadable => None,
    });
    client(hops, trusted).map(|address| address.ok_or(Unreadable::Forwarded))
}

/// The first of the hops that is no trusted proxy, or else the last; `None` for none at all, and inside where one on the
/// way is no address.
#[expect(
    clippy::option_option,
    reason = "no hops, and one that cannot be read, are two things"
)]
fn client(hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> Option<Option<IpAddr>> {
    let mut last = None;
    for hop in hops {
        let Some(address) = hop else { return Some(None) };
        last = Some(Some(address));
        if !is_trusted(address, trusted) {
            break;
        }
    }
    last
}

/// What one element of `Forwarded` says of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hop {
    Unsaid,
    Unreadable,
    Address(IpAddr),
}

fn forwarded_for(element: &[u8]) -> Hop {
    let mut said = Hop::Unsaid;
    for pair in FromTheRight::new(element, b';') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (Some(name), Some(value)) = (halves.next(), halves.next()) else {
            continue;
        };
        if !name.trim_ascii().eq_ignore_ascii_case(b"for") {
            continue;
        }
        said = match (said, node(value)) {
            (Hop::Unsaid, Some(address)) => Hop::Address(address),
            // Nothing that is an address, or said twice.
            _ => Hop::Unreadable,
        };
    }
    said
}

/// A node as proxies write it: an address, with a port or without, in brackets or without, in quotes or without. `None`
/// for what is none, like `unknown` and the made-up names of RFC 7239.
fn node(text: &[u8]) -> Option<IpAddr> {
    // Only now as text: what is none in front of it must not hide what a proxy wrote behind.
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let text = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => text,
    };
    let address = if let Some(bracketed) = text.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
            return None;
        }
        IpAddr::V6(ipv6(address)?)
    } else {
        match text.split_once(':') {
            None => IpAddr::V4(text.parse().ok()?),
            Some((address, port)) if !port.contains(':') => {
                let address: Ipv4Addr = address.parse().ok()?;
                is_port(port).then_some(IpAddr::V4(address))?
            }
            Some(_) => IpAddr::V6(ipv6(text)?),
        }
    };
    Some(address.to_canonical())
}

/// An IPv6 address, of which the zone is left out (RFC 4007).
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let named = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%');
    named.then(|| address.parse().ok())?
}

/// A port, or a made-up name for one (RFC 7239, section 6.3).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it))
        }
        None => text.len() <= 5 && text.bytes().all(|it| it.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

/// The parts of a header value from the right, where no separator counts that stands in quotes (RFC 9110, section 5.6.4).
/// From the right, so that a quote which a client left open swallows nothing of what a proxy wrote behind it.
struct FromTheRight<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> FromTheRight<'a> {
    const fn new(text: &'a [u8], separator: u8) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'a> Iterator for FromTheRight<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let mut quoted = false;
        for (place, byte) in rest.iter().enumerate().rev() {
            if *byte == b'"' {
                let before = rest.iter().take(place).rev();
                let backslashes = before.take_while(|byte| **byte == b'\\').count();
                // In a quoted text, an odd number of backslashes makes a quote a part of it.
                if !(quoted && backslashes % 2 == 1) {
                    quoted = !quoted;
                }
            } else if *byte == self.separator && !quoted {
                let (before, part) = rest.split_at(place);
                self.rest = Some(before);
                return part.get(1..);
            }
        }
        Some(rest)
    }
}

/// What was said in the log, and how often it was left out since: strangers may cause it as often as they like.
struct Notes(Mutex<Noted>);

struct Noted {
    at: Option<Instant>,
    left_out: u64,
}

impl Notes {
    const fn new() -> Self {
        Self(Mutex::new(Noted { at: None, left_out: 0 }))
    }

    fn note(&self, why: Unreadable, peer: Option<IpAddr>, now: Instant) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.at.is_some_and(|at| now.duration_since(at) < NOTE_EVERY) {
            noted.left_out += 1;
            return;
        }
        let left_out = std::mem::take(&mut noted.left_out);
        noted.at = Some(now);
        drop(noted);
        tracing::warn!(proxy = ?peer, left_out, "{why}");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use http::HeaderValue;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a [u8])];

    fn address(peer: &str, headers: Headers<'_>) -> Result<IpAddr, Unreadable> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        read(peer.parse().ok(), &map, &trusted)
    }

    fn forwarded_for(value: &str) -> Result<IpAddr, Unreadable> {
        address("10.0.0.2", &[("x-forwarded-for", value.as_bytes())])
    }

    fn forwarded(value: &str) -> Result<IpAddr, Unreadable> {
        address("10.0.0.2", &[("forwarded", value.as_bytes())])
    }

    fn ip(text: &str) -> Result<IpAddr, Unreadable> {
        text.parse().map_err(|_| Unreadable::Connection)
    }

    #[test]
    fn a_stranger_is_not_believed() {
        for name in ["x-forwarded-for", "forwarded"] {
            let found = address("203.0.113.9", &[(name, b"for=10.0.0.1")]);
            assert_eq!(found, ip("203.0.113.9"), "{name}");
        }
        assert_eq!(address("no peer", &[]), Err(Unreadable::Connection));
        assert_eq!(address("10.0.0.2", &[]), ip("10.0.0.2"));
    }

    #[test]
    fn every_form_that_proxies_write_is_read() {
        for (written, read) in [
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:5678", "203.0.113.9"),
            ("\"203.0.113.9:5678\"", "203.0.113.9"),
            ("203.0.113.9:_http", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:DB8::1]:443", "2001:db8::1"),
            ("\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            ("fe80::1%25eth0", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ] {
            for spaced in [written.to_owned(), format!(" \t{written} ")] {
                assert_eq!(forwarded_for(&format!("1.2.3.4,{spaced}")), ip(read), "{written}");
                assert_eq!(
                    forwarded(&format!("for=1.2.3.4,for={spaced};proto=http")),
                    ip(read),
                    "{written}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_address_leaves_the_client_unknown() {
        for written in [
            "unknown",
            "_hidden",
            "_SEVKISEK",
            "",
            "\"\"",
            "203.0.113.9:",
            "203.0.113.9:x",
            "203.0.113.9:99999",
            "203.0.113",
            "203.0.113.9/32",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[203.0.113.9]",
            "\"203.0.113.9",
            "localhost",
            "[fe80::1%]",
            "203.0.113.9 10.0.0.1",
        ] {
            assert_eq!(forwarded_for(written), Err(Unreadable::ForwardedFor), "{written}");
            assert_eq!(
                forwarded_for(&format!("{written},10.0.0.3")),
                Err(Unreadable::ForwardedFor),
                "{written}"
            );
            assert_eq!(
                forwarded(&format!("for={written}")),
                Err(Unreadable::Forwarded),
                "{written}"
            );
        }
        assert_eq!(forwarded_for("203.0.113.9,"), Err(Unreadable::ForwardedFor));
        assert_eq!(forwarded("for=203.0.113.9;for=203.0.113.9"), Err(Unreadable::Forwarded));
        assert_eq!(forwarded("proto=http, for=10.0.0.3"), Err(Unreadable::Forwarded));
    }

    #[test]
    fn forwarded_is_read_as_its_standard_says() {
        for (value, read) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("FOR=192.0.2.60", "192.0.2.60"),
            ("proto=http;For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
            ("for=192.0.2.43, for=\"[fd00::1]\"", "192.0.2.43"),
            ("for=192.0.2.43;host=\"a, for=6.6.6.6\"", "192.0.2.43"),
            ("for=192.0.2.43;host=\"\\\", for=6.6.6.6;x=\\\"\"", "192.0.2.43"),
            // An open quote of the client's.
            ("for=\", for=192.0.2.43", "192.0.2.43"),
            ("for=\"\\, for=192.0.2.43", "192.0.2.43"),
            // It says nothing of an address.
            ("for=192.0.2.43, proto=https", "10.0.0.2"),
            ("", "10.0.0.2"),
        ] {
            assert_eq!(forwarded(value), ip(read), "{value}");
        }
        let lines: Headers<'_> = &[
            ("forwarded", b"for=192.0.2.43"),
            ("forwarded", b"for=10.0.0.3, for=10.0.0.4"),
        ];
        assert_eq!(address("10.0.0.2", lines), ip("192.0.2.43"));
    }

    #[test]
    fn where_both_are_there_they_agree_or_nobody_knows() {
        let both = |one: &str, other: &str| {
            let headers: Headers<'_> = &[("x-forwarded-for", one.as_bytes()), ("forwarded", other.as_bytes())];
            address("10.0.0.2", headers)
        };
        assert_eq!(both("6.6.6.6, 192.0.2.43:80", "for=\"192.0.2.43\""), ip("192.0.2.43"));
        // Whichever of the two the client forged.
        assert_eq!(both("192.0.2.43", "for=6.6.6.6"), Err(Unreadable::Disagree));
        assert_eq!(both("6.6.6.6", "for=192.0.2.43"), Err(Unreadable::Disagree));
        assert_eq!(both("192.0.2.43", "for=_hidden"), Err(Unreadable::Forwarded));
        assert_eq!(both("unknown", "for=192.0.2.43"), Err(Unreadable::ForwardedFor));
        assert_eq!(both("192.0.2.43", "proto=https;host=example.com"), ip("192.0.2.43"));
    }

    #[test]
    fn a_trusted_proxy_is_believed_only_for_what_it_wrote() {
        for (value, read) in [
            ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
            ("10.0.0.9, 10.0.0.3", "10.0.0.9"),
            ("nonsense, 203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(forwarded_for(value), ip(read), "{value}");
        }
        let found = address(
            "::ffff:10.0.0.2",
            &[("x-forwarded-for", b"10.0.0.9, \xff, 203.0.113.9")],
        );
        assert_eq!(found, ip("203.0.113.9"));
    }

    /// What the log says, for a test.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_says_once_a_minute_that_an_address_could_not_be_read() {
        let written = Written::default();
        let writer = written.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let (notes, start) = (Notes::new(), Instant::now());
        tracing::subscriber::with_default(log, || {
            for seconds in [0, 1, 59, 60, 61] {
                let now = start + Duration::from_secs(seconds);
                notes.note(Unreadable::ForwardedFor, "10.0.0.2".parse().ok(), now);
            }
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("could not be read from X-Forwarded-For") && lines[0].contains("10.0.0.2"));
        assert!(
            lines[0].contains("left_out=0") && lines[1].contains("left_out=2"),
            "{text}"
        );
    }

    fn outsider() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical()),
        ]
        .prop_filter("no proxy of ours", |address| {
            !is_trusted(*address, &["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()])
        })
    }

    fn written(address: IpAddr, form: usize, port: u16) -> String {
        match (address, form) {
            (IpAddr::V4(address), 0) => format!("{address}:{port}"),
            (IpAddr::V6(address), 0) => format!("[{address}]:{port}"),
            (IpAddr::V6(address), 1) => format!("[{address}]"),
            (IpAddr::V6(address), 2) => format!("\"[{address}]:{port}\""),
            (address, 3) => format!("\"{address}\""),
            (address, _) => address.to_string(),
        }
    }

    proptest! {
        /// Whatever a client sends, what the proxy wrote behind it is what counts.
        #[test]
        fn a_client_cannot_change_what_a_proxy_says(
            sent in "([\\x20-\\x7e\\t]{0,40})|((for=|\"|,|;|\\\\|1\\.2\\.3\\.4|unknown| ){0,12})",
            client in outsider(),
            form in 0..5_usize,
            port: u16,
            hops in 0..3_usize,
            line: bool,
        ) {
            let ours = written(client, form, port);
            let more = ", 10.0.0.3".repeat(hops);
            let elements = format!("by=x;for={ours};proto=https{}", more.replace("10.", "for=10."));
            let chain = format!("{ours}{more}");
            for (name, proxy) in [("x-forwarded-for", chain), ("forwarded", elements)] {
                let found = if line {
                    address("10.0.0.2", &[(name, sent.as_bytes()), (name, proxy.as_bytes())])
                } else {
                    address("10.0.0.2", &[(name, format!("{sent}, {proxy}").as_bytes())])
                };
                prop_assert_eq!(found, Ok(client), "{} {:?} {}", name, sent, proxy);
            }
        }

        /// Nor can the header that the proxy passes on as it came make it another address.
        #[test]
        fn a_forged_header_beside_the_real_one_only_hides_the_address(
            forged in "([\\x20-\\x7e]{0,30})|for=[0-9]\\.[0-9]\\.[0-9]\\.[0-9]|[0-9]\\.[0-9]\\.[0-9]\\.[0-9]",
            client in outsider(),
            standard: bool,
        ) {
            let (ours, real, theirs) = if standard {
                ("forwarded", format!("for=\"{client}\""), "x-forwarded-for")
            } else {
                ("x-forwarded-for", client.to_string(), "forwarded")
            };
            if let Ok(found) = address("10.0.0.2", &[(ours, real.as_bytes()), (theirs, forged.as_bytes())]) {
                prop_assert_eq!(found, client);
            }
        }

        #[test]
        fn any_bytes_get_an_answer(
            values in prop::collection::vec((select(vec!["x-forwarded-for", "forwarded"]), prop::collection::vec(32..=255_u8, 0..40)), 0..4),
        ) {
            let headers: Vec<(&str, &[u8])> = values
                .iter()
                .map(|(name, value)| (*name, value.as_slice()))
                .filter(|(_, value)| !value.contains(&127))
                .collect();
            let _ = address("10.0.0.2", &headers);
        }
    }
}
