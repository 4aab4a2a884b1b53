//! Where to go after logging in or choosing an environment: the address of one of our own screens. What comes from outside
//! becomes one only here, so that nobody is sent to another site (OWASP, "Unvalidated Redirects and Forwards").

/// The longest one, in bytes: it has to fit into a cookie with its escapes.
const MAX: usize = 1_200;

/// A path on this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReturnPath(String);

impl ReturnPath {
    /// `None` where a browser might read it as an address of another site.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let elsewhere = rest.starts_with('/') || text.contains('\\');
        let printable = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
        (text.len() <= MAX && printable && !elsewhere).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_ours_is_a_screen() {
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
    fn what_may_lead_elsewhere_is_none() {
        let long = format!("/{}", "x".repeat(MAX));
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
