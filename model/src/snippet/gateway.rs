//! The least configuration of each gateway. Every line is one of docs/GATEWAYS.md, whose files the browser tests run.

use std::net::IpAddr;

pub(super) const NGINX: &str = include_str!("nginx.conf");
pub(super) const CADDY: &str = include_str!("Caddyfile");
pub(super) const TRAEFIK: &str = include_str!("traefik.yml");
pub(super) const ENVOY: &str = include_str!("envoy.yaml");

/// Host and port of Latchkey in the texts.
const ADDRESS: &str = "127.0.0.1:3000";
const ENVOY_ADDRESS: &str = "address: 127.0.0.1, port_value: 3000";

/// The text with the host and port under which Latchkey was reached. With https there is a proxy in between, which a gateway need
/// not use.
pub(super) fn write(text: &str, origin: &str) -> String {
    let text = text.trim_end();
    let Some(address) = origin.strip_prefix("http://") else {
        return text.to_owned();
    };
    // The colon in an IPv6 address is inside its brackets.
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (address, "80"),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let text = text
        .replace(ADDRESS, &format!("{host}:{port}"))
        .replace(ENVOY_ADDRESS, &format!("address: {bare}, port_value: {port}"));
    // Envoy looks up a name only in a cluster of another type.
    if bare.parse::<IpAddr>().is_ok() {
        text
    } else {
        text.replace("type: STATIC", "type: STRICT_DNS")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ALL: [(&str, &str); 4] = [
        ("nginx", NGINX),
        ("Caddy", CADDY),
        ("Traefik", TRAEFIK),
        ("Envoy", ENVOY),
    ];

    /// So what the tests of the gateways say about that page holds for these texts, too.
    #[test]
    fn every_line_is_one_of_the_documentation() {
        // The texts leave CORS out.
        let page = include_str!("../../../docs/GATEWAYS.md").replace("latchkey-cors, ", "");
        for (title, text) in ALL {
            let section = page.split(&format!("\n## {title}\n")).nth(1).unwrap();
            let section = section.split("\n## ").next().unwrap();
            let known: BTreeSet<&str> = section.lines().map(str::trim).collect();
            let lines = text.lines().map(str::trim);
            for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
                assert!(known.contains(line), "{title}: {line}");
            }
            assert!(text.contains("/v1/authorize"), "{title}");
        }
    }

    /// A gateway has to do these things, see the list in docs/GATEWAYS.md.
    #[test]
    fn nothing_that_matters_is_left_out() {
        for (title, text) in ALL {
            let text = text.to_lowercase();
            for words in ["x-latchkey-", "authorization", "x-api-key"] {
                assert!(text.contains(words), "{title}: {words}");
            }
        }
        let names = [
            "Key-Id",
            "Key-Name",
            "Environment",
            "Endpoint",
            "Bias-Profile",
            "Key-Expires",
            "Customer",
        ];
        for name in names {
            assert!(
                NGINX.contains(&format!("proxy_set_header X-Latchkey-{name} ")),
                "{name}"
            );
            assert!(CADDY.contains(&format!("header_up X-Latchkey-{name} ")), "{name}");
            assert!(TRAEFIK.contains(&format!("X-Latchkey-{name}: \"\"")), "{name}");
            assert!(TRAEFIK.contains(&format!("- X-Latchkey-{name}\n")), "{name}");
        }
    }

    #[test]
    fn the_address_of_latchkey_is_the_one_that_was_used() {
        assert!(write(CADDY, "http://10.0.0.7:3100").contains("forward_auth 10.0.0.7:3100 {"));
        assert!(write(CADDY, "http://latchkey").contains("forward_auth latchkey:80 {"));
        assert!(write(NGINX, "http://[::1]:3100").contains("server [::1]:3100;"));
        assert!(write(ENVOY, "http://[::1]:3100").contains("{ address: ::1, port_value: 3100 }"));
        assert!(write(ENVOY, "http://[::1]:3100").contains("type: STATIC"));
        assert!(write(ENVOY, "http://latchkey:3000").contains("type: STRICT_DNS"));
        for (_, text) in ALL {
            assert_eq!(write(text, "https://keys.example.com"), text.trim_end());
        }
    }
}
