//! Parses the text that proxies write about their clients in `X-Forwarded-For` and `Forwarded` (RFC 7239).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The client that one element of `Forwarded` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// The element has no parameter `for`.
    NotNamed,
    /// The parameter is not an address, or the element has several.
    Unreadable,
    Address(IpAddr),
}

pub(super) fn parse_forwarded_element(element: &[u8]) -> Hop {
    let mut hop = Hop::NotNamed;
    for pair in SplitFromRight::new(element, b';') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (Some(name), Some(value)) = (halves.next(), halves.next()) else {
            continue;
        };
        if !name.trim_ascii().eq_ignore_ascii_case(b"for") {
            continue;
        }
        hop = match (hop, parse_address(value)) {
            (Hop::NotNamed, Some(address)) => Hop::Address(address),
            _ => Hop::Unreadable,
        };
    }
    hop
}

/// Parses an address as proxies write it: with or without a port, brackets and quotes. Returns `None` for any other text, such as
/// `unknown` and the obfuscated identifiers of RFC 7239.
pub(super) fn parse_address(text: &[u8]) -> Option<IpAddr> {
    // Only this part must be UTF-8. Other bytes, further left in the header, must not hide what a proxy wrote.
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
        IpAddr::V6(parse_ipv6(address)?)
    } else {
        match text.split_once(':') {
            None => IpAddr::V4(text.parse().ok()?),
            Some((address, port)) if !port.contains(':') => {
                let address: Ipv4Addr = address.parse().ok()?;
                is_port(port).then_some(IpAddr::V4(address))?
            }
            Some(_) => IpAddr::V6(parse_ipv6(text)?),
        }
    };
    Some(address.to_canonical())
}

/// Parses an IPv6 address without its zone (RFC 4007).
fn parse_ipv6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let is_zone = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%');
    is_zone.then(|| address.parse().ok())?
}

/// Whether the text is a port or an obfuscated port (RFC 7239, section 6.3).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

/// Splits a header value from the right. A separator inside quotes does not count (RFC 9110, section 5.6.4). If a client leaves a
/// quote open, that quote stands further left, so it cannot include what a proxy wrote behind it.
pub(super) struct SplitFromRight<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> SplitFromRight<'a> {
    pub(super) const fn new(text: &'a [u8], separator: u8) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'a> Iterator for SplitFromRight<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let mut quoted = false;
        for (place, byte) in rest.iter().enumerate().rev() {
            if *byte == b'"' {
                let before = rest.iter().take(place).rev();
                let backslashes = before.take_while(|byte| **byte == b'\\').count();
                // Inside quotes, a quote after an odd number of backslashes is escaped.
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
