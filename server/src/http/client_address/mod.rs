//! The address of the client: the address of the connection, or the address that trusted proxies name.
//!
//! A proxy appends the address of its own client to `X-Forwarded-For` or to `Forwarded` (RFC 7239). So the headers are read from
//! the right, as far as trusted proxies wrote them: the first address that does not belong to a trusted proxy is the client's
//! address. The text of the client itself stands further left and changes nothing.
//!
//! A proxy that writes one of the two headers may pass on the other as the client sent it. If both headers are present, they must
//! agree. Otherwise the address is unknown.

mod log;
mod parse;

use std::net::IpAddr;
use std::time::Instant;

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use self::log::AddressLog;
use self::parse::{Hop, SplitFromRight, parse_address, parse_forwarded_element};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The reason why the address of the client is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnknownAddress {
    #[error("The address of the client could not be read: the connection has none.")]
    Connection,
    #[error("The address of the client could not be read from X-Forwarded-For.")]
    ForwardedFor,
    #[error("The address of the client could not be read from Forwarded.")]
    Forwarded,
    #[error("The address of the client could not be read: X-Forwarded-For and Forwarded name different ones.")]
    Disagree,
}

/// The address of the client. If it is unknown, the log says why.
pub(super) fn client_address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Result<IpAddr, UnknownAddress> {
    static LOG: AddressLog = AddressLog::new();
    let address = read_address(peer, headers, trusted);
    if let Err(why) = address {
        LOG.warn(why, peer, Instant::now());
    }
    address
}

/// The address as text, or the word `unknown`.
pub(super) fn as_text(address: Result<IpAddr, UnknownAddress>) -> String {
    address.map_or_else(|_| "unknown".to_owned(), |address| address.to_string())
}

fn read_address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, UnknownAddress> {
    let peer = peer.ok_or(UnknownAddress::Connection)?.to_canonical();
    if !is_trusted(peer, trusted) {
        return Ok(peer);
    }
    match (from_forwarded_for(headers, trusted), from_forwarded(headers, trusted)) {
        (None, None) => Ok(peer),
        (Some(Ok(one)), Some(Ok(other))) if one != other => Err(UnknownAddress::Disagree),
        (Some(Err(why)), _) | (_, Some(Err(why))) => Err(why),
        (Some(address), _) | (None, Some(address)) => address,
    }
}

pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// The address that `X-Forwarded-For` names, or `None` without that header.
fn from_forwarded_for(headers: &HeaderMap, trusted: &[IpNet]) -> Option<Result<IpAddr, UnknownAddress>> {
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(parse_address);
    first_untrusted(hops, trusted).map(|address| address.ok_or(UnknownAddress::ForwardedFor))
}

/// The address that `Forwarded` names, or `None` without that header or if the nearest proxy names no address in it.
fn from_forwarded(headers: &HeaderMap, trusted: &[IpNet]) -> Option<Result<IpAddr, UnknownAddress>> {
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut hops = lines
        .flat_map(|line| SplitFromRight::new(line.as_bytes(), b','))
        .map(parse_forwarded_element)
        .peekable();
    if *hops.peek()? == Hop::NotNamed {
        return None;
    }
    let hops = hops.map(|hop| match hop {
        Hop::Address(address) => Some(address),
        Hop::NotNamed | Hop::Unreadable => None,
    });
    first_untrusted(hops, trusted).map(|address| address.ok_or(UnknownAddress::Forwarded))
}

/// The first hop that is not a trusted proxy, or else the last hop. The outer `None` means that there are no hops. The inner `None`
/// means that a hop on the way cannot be read.
#[expect(clippy::option_option, reason = "no hops and an unreadable hop are different")]
fn first_untrusted(hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> Option<Option<IpAddr>> {
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use http::HeaderValue;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a [u8])];

    fn address(peer: &str, headers: Headers<'_>) -> Result<IpAddr, UnknownAddress> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        read_address(peer.parse().ok(), &map, &trusted)
    }

    fn forwarded_for(value: &str) -> Result<IpAddr, UnknownAddress> {
        address("10.0.0.2", &[("x-forwarded-for", value.as_bytes())])
    }

    fn forwarded(value: &str) -> Result<IpAddr, UnknownAddress> {
        address("10.0.0.2", &[("forwarded", value.as_bytes())])
    }

    fn ip(text: &str) -> Result<IpAddr, UnknownAddress> {
        text.parse().map_err(|_| UnknownAddress::Connection)
    }

    #[test]
    fn headers_of_a_peer_that_is_not_trusted_are_ignored() {
        for name in ["x-forwarded-for", "forwarded"] {
            let found = address("203.0.113.9", &[(name, b"for=10.0.0.1")]);
            assert_eq!(found, ip("203.0.113.9"), "{name}");
        }
        assert_eq!(address("no peer", &[]), Err(UnknownAddress::Connection));
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
    fn text_that_is_not_an_address_leaves_the_client_unknown() {
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
            assert_eq!(forwarded_for(written), Err(UnknownAddress::ForwardedFor), "{written}");
            assert_eq!(
                forwarded_for(&format!("{written},10.0.0.3")),
                Err(UnknownAddress::ForwardedFor),
                "{written}"
            );
            assert_eq!(
                forwarded(&format!("for={written}")),
                Err(UnknownAddress::Forwarded),
                "{written}"
            );
        }
        assert_eq!(forwarded_for("203.0.113.9,"), Err(UnknownAddress::ForwardedFor));
        assert_eq!(
            forwarded("for=203.0.113.9;for=203.0.113.9"),
            Err(UnknownAddress::Forwarded)
        );
        assert_eq!(forwarded("proto=http, for=10.0.0.3"), Err(UnknownAddress::Forwarded));
    }

    #[test]
    fn the_forwarded_header_is_read_as_rfc_7239_says() {
        for (value, read) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("FOR=192.0.2.60", "192.0.2.60"),
            ("proto=http;For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
            ("for=192.0.2.43, for=\"[fd00::1]\"", "192.0.2.43"),
            ("for=192.0.2.43;host=\"a, for=6.6.6.6\"", "192.0.2.43"),
            ("for=192.0.2.43;host=\"\\\", for=6.6.6.6;x=\\\"\"", "192.0.2.43"),
            // The client left a quote open.
            ("for=\", for=192.0.2.43", "192.0.2.43"),
            ("for=\"\\, for=192.0.2.43", "192.0.2.43"),
            // The proxy names no address.
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
    fn if_both_headers_are_present_they_must_agree() {
        let both = |one: &str, other: &str| {
            let headers: Headers<'_> = &[("x-forwarded-for", one.as_bytes()), ("forwarded", other.as_bytes())];
            address("10.0.0.2", headers)
        };
        assert_eq!(both("6.6.6.6, 192.0.2.43:80", "for=\"192.0.2.43\""), ip("192.0.2.43"));
        // It does not matter which of the two the client forged.
        assert_eq!(both("192.0.2.43", "for=6.6.6.6"), Err(UnknownAddress::Disagree));
        assert_eq!(both("6.6.6.6", "for=192.0.2.43"), Err(UnknownAddress::Disagree));
        assert_eq!(both("192.0.2.43", "for=_hidden"), Err(UnknownAddress::Forwarded));
        assert_eq!(both("unknown", "for=192.0.2.43"), Err(UnknownAddress::ForwardedFor));
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

    fn untrusted_address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical()),
        ]
        .prop_filter("not a trusted proxy", |address| {
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
        /// The client can send any text: only the text that the proxy appended counts.
        #[test]
        fn a_client_cannot_change_the_address_that_a_proxy_names(
            sent in "([\\x20-\\x7e\\t]{0,40})|((for=|\"|,|;|\\\\|1\\.2\\.3\\.4|unknown| ){0,12})",
            client in untrusted_address(),
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

        /// The proxy passes on the other header as the client sent it. That header cannot change the address either.
        #[test]
        fn a_forged_header_beside_the_real_one_only_hides_the_address(
            forged in "([\\x20-\\x7e]{0,30})|for=[0-9]\\.[0-9]\\.[0-9]\\.[0-9]|[0-9]\\.[0-9]\\.[0-9]\\.[0-9]",
            client in untrusted_address(),
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
