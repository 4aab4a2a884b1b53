//! The path to which a person returns after logging in or choosing an environment. Text from a request becomes such a path only if
//! it passes the check here, so that no redirect leads to another site (OWASP, "Unvalidated Redirects and Forwards").

/// The longest path, in bytes. The path and its escapes must fit into a cookie.
const MAX_LENGTH: usize = 1_200;

/// A path on this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReturnPath(String);

impl ReturnPath {
    /// Parses a path. Returns `None` if a browser might read the text as a URL of another site.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let other_site = rest.starts_with('/') || text.contains('\\');
        let printable = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
        (text.len() <= MAX_LENGTH && printable && !other_site).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_on_this_site_is_accepted() {
        for path in [
            "/",
            "/keys",
            "/keys?search=shop%20a&status=active",
            "/keys/key_1#why",
            "/a//b",
        ] {
            assert_eq!(ReturnPath::parse(path).as_ref().map(ReturnPath::as_str), Some(path));
        }
    }

    #[test]
    fn text_that_may_lead_to_another_site_is_refused() {
        let long = format!("/{}", "x".repeat(MAX_LENGTH));
        for text in [
            "",
            "keys",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/keys\\..",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            " /keys",
            "/ke ys",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\u{0}",
            "/\u{7f}",
            "/ké",
            &long,
        ] {
            assert_eq!(ReturnPath::parse(text), None, "{text:?}");
        }
    }
}
