//! The addresses that a key may be used from: IPv4 and IPv6 networks in CIDR notation (RFC 4632, RFC 4291).

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The most networks that one key can have.
pub const MAX_NETWORKS: usize = 100;

/// Networks without host bits, sorted, each of them once. An empty list allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedAddresses(Vec<IpNet>);

impl AllowedAddresses {
    /// Reads what a person typed: networks or single addresses, separated by line breaks, commas or spaces.
    ///
    /// # Errors
    /// A sentence that names what cannot be read.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut nets = Vec::new();
        for word in text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
        {
            let net = network(word).ok_or_else(|| {
                format!(
                    "“{}” is not an address or network; write it like 203.0.113.0/24 or 2001:db8::/32.",
                    crate::form::short(word)
                )
            })?;
            nets.push(net);
        }
        nets.sort();
        nets.dedup();
        if nets.len() > MAX_NETWORKS {
            return Err(format!(
                "Name at most {MAX_NETWORKS} networks; these are {}.",
                nets.len()
            ));
        }
        Ok(Self(nets))
    }

    /// Reads networks from our own database; `None` where the text is anything else.
    pub fn from_stored(text: &str) -> Option<Self> {
        let nets: Result<Vec<IpNet>, _> = text.split_whitespace().map(str::parse).collect();
        nets.ok().map(Self)
    }

    /// Whether every address may use the key.
    pub const fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request from this address is allowed. An IPv4 address that is mapped into IPv6 counts as the IPv4
    /// address. An unknown address is allowed only where every address is.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        if self.is_all() {
            return true;
        }
        let Some(address) = address.map(|address| address.to_canonical()) else {
            return false;
        };
        self.0.iter().any(|net| net.contains(&address))
    }

    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// One network per line, as people edit them.
    pub fn lines(&self) -> String {
        self.to_string().replace(' ', "\n")
    }

    /// `203.0.113.0/24, 2001:db8::/32`; `everywhere` where every address is allowed.
    pub fn in_words(&self) -> String {
        if self.is_all() {
            "everywhere".to_owned()
        } else {
            self.to_string().replace(' ', ", ")
        }
    }
}

/// The networks, separated by single spaces, as they are stored.
impl fmt::Display for AllowedAddresses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, net) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            write!(formatter, "{net}")?;
        }
        Ok(())
    }
}

fn network(word: &str) -> Option<IpNet> {
    let net = match word.parse::<IpNet>() {
        Ok(net) => net,
        Err(_) => IpNet::from(word.parse::<IpAddr>().ok()?),
    };
    Some(canonical(net).trunc())
}

/// Turns a network of mapped IPv4 addresses (`::ffff:0:0/96` and its parts) into the IPv4 network.
fn canonical(net: IpNet) -> IpNet {
    match (net.addr().to_canonical(), net.prefix_len().checked_sub(96)) {
        (address @ IpAddr::V4(_), Some(length)) if net.addr().is_ipv6() => IpNet::new(address, length).unwrap_or(net),
        _ => net,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(text: &str, address: &str) -> bool {
        AllowedAddresses::read(text).unwrap().allow(address.parse().ok())
    }

    #[test]
    fn networks_and_single_addresses_are_read() {
        let read = AllowedAddresses::read("203.0.113.7/24, 198.51.100.1\n2001:db8:1::/32 198.51.100.1").unwrap();
        assert_eq!(read.to_string(), "198.51.100.1/32 203.0.113.0/24 2001:db8::/32");
        assert_eq!(AllowedAddresses::from_stored(&read.to_string()), Some(read));
        assert_eq!(AllowedAddresses::read(" \n").unwrap().to_string(), "");
        let two = AllowedAddresses::read("203.0.113.0/24\r\n2001:db8::/32\r\n").unwrap();
        assert_eq!(two.lines(), "203.0.113.0/24\n2001:db8::/32");
        assert_eq!(two.in_words(), "203.0.113.0/24, 2001:db8::/32");
        assert_eq!(AllowedAddresses::default().in_words(), "everywhere");
    }

    #[test]
    fn there_is_an_end_to_how_many_networks_a_key_takes() {
        let networks = |count: usize| {
            let all: Vec<String> = (0..count).map(|number| format!("10.0.{number}.0/24")).collect();
            AllowedAddresses::read(&all.join("\n"))
        };
        assert_eq!(networks(MAX_NETWORKS).unwrap().networks().len(), MAX_NETWORKS);
        assert_eq!(
            networks(MAX_NETWORKS + 1).unwrap_err(),
            "Name at most 100 networks; these are 101."
        );
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in [
            "203.0.113.0/33",
            "localhost",
            "10.0.0",
            "2001:db8::/129",
            "203.0.113.0-9",
        ] {
            let message = AllowedAddresses::read(&format!("10.0.0.0/8 {wrong}")).unwrap_err();
            assert!(message.contains(wrong), "{message}");
        }
    }

    #[test]
    fn an_address_is_in_its_network_and_in_no_other() {
        assert!(allowed("203.0.113.0/24", "203.0.113.255"));
        assert!(!allowed("203.0.113.0/24", "203.0.114.0"));
        assert!(allowed("203.0.113.0/24", "::ffff:203.0.113.9"));
        assert!(allowed("::ffff:203.0.113.0/120", "203.0.113.9"));
        assert!(allowed("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!allowed("2001:db8::/32", "2001:db9::1"));
        assert!(!allowed("0.0.0.0/0", "2001:db8::1"));
    }

    #[test]
    fn an_unknown_address_is_allowed_only_where_all_are() {
        assert!(!allowed("0.0.0.0/0 ::/0", "unknown"));
        assert!(allowed("", "unknown"));
    }

    proptest! {
        #[test]
        fn an_address_is_always_in_its_own_networks(bits: u32, length in 0..=32u8) {
            let address = std::net::Ipv4Addr::from_bits(bits);
            let network = format!("{address}/{length}");
            prop_assert!(allowed(&network, &address.to_string()));
        }

        #[test]
        fn a_network_holds_what_agrees_with_its_prefix(net: u32, other: u32, length in 1..=32u8) {
            let (net_address, address) = (std::net::Ipv4Addr::from_bits(net), std::net::Ipv4Addr::from_bits(other));
            let agrees = (net ^ other) >> (32 - u32::from(length)) == 0;
            prop_assert_eq!(allowed(&format!("{net_address}/{length}"), &address.to_string()), agrees);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(read) = AllowedAddresses::read(&text) {
                prop_assert_eq!(AllowedAddresses::from_stored(&read.to_string()), Some(read));
            }
        }
    }
}
