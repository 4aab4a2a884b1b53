//! Which content encoding a browser accepts.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use model::accept::parse_weighted;

/// The content encoding of a file or a page. If a browser gives several encodings the same weight, the first one here is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

    /// Negotiates by RFC 9110, section 12.5.3. If no encoding is acceptable, the content is sent plain, as the RFC allows.
    pub(super) fn accepted_by(headers: &HeaderMap) -> Encoding {
        let accepted = headers
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let accepted: Vec<(&str, u16)> = accepted
            .flat_map(|value| value.split(','))
            .filter_map(parse_weighted)
            .collect();
        let weight = |name: &str| {
            let named = accepted.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(name));
            named
                .or_else(|| accepted.iter().find(|(coding, _)| *coding == "*"))
                .map(|(_, weight)| *weight)
        };
        let weight = |encoding: Encoding| match encoding {
            Encoding::Brotli => weight("br").unwrap_or(0),
            Encoding::Gzip => weight("gzip").or_else(|| weight("x-gzip")).unwrap_or(0),
            // Plain content is acceptable even if the header does not name it, as the last choice.
            Encoding::Identity => weight("identity").unwrap_or(1),
        };
        let mut best = Encoding::Identity;
        for encoding in Encoding::ALL.into_iter().rev() {
            if weight(encoding) > 0 && weight(encoding) >= weight(best) {
                best = encoding;
            }
        }
        best
    }

    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accepted(value: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::accepted_by(&headers)
    }

    #[test]
    fn a_browser_gets_brotli() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepted("*"), Encoding::Brotli);
    }

    #[test]
    fn weights_are_respected() {
        assert_eq!(accepted("br;q=0.5, gzip"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0, gzip;q=0.001"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0, *"), Encoding::Gzip);
        assert_eq!(accepted("identity, br;q=0.9"), Encoding::Identity);
        assert_eq!(accepted("br;q=0.5, identity;q=0.5"), Encoding::Brotli);
        assert_eq!(accepted("br ; q=1.000"), Encoding::Brotli);
    }

    #[test]
    fn without_an_acceptable_known_encoding_the_content_is_plain() {
        assert_eq!(Encoding::accepted_by(&HeaderMap::new()), Encoding::Identity);
        assert_eq!(accepted("zstd"), Encoding::Identity);
        assert_eq!(accepted("br;q=2, gzip;level=9"), Encoding::Identity);
        assert_eq!(accepted("identity;q=0, *;q=0"), Encoding::Identity);
    }
}
