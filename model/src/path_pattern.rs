//! The path of a pattern: which paths fall under it, and whether two patterns have a path in common.
//!
//! A segment is text that is matched as it is, or holds one parameter with text before and after it:
//! `/v1/models/{model}:generateContent`. A parameter stands for one character or more, never for a part of an escape
//! and never for a slash. A `{*rest}` at the end stands for everything that follows the slash before it, also for a
//! slash at the end, but not for nothing: `/img/{*rest}` takes `/img/a`, `/img/a/` and `/img/a/b`, but neither `/img`
//! nor `/img/`.

use crate::form::short;
use crate::path;

/// The path of a pattern, taken apart once so that requests are matched quickly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// The text with which each matching path begins.
    start: Box<str>,
    segments: Box<[Segment]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// Empty only in the last segment: the path ends with a slash.
    Text(Box<str>),
    Parameter {
        before: Box<str>,
        after: Box<str>,
    },
    Rest,
}

impl PathPattern {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// What is wrong, in a sentence that may stand after a colon.
    pub fn read(text: &str) -> Result<Self, String> {
        let Some(written) = text.strip_prefix('/') else {
            return Err(format!("the path “{}” does not start with a slash.", short(text)));
        };
        let mut segments: Vec<Segment> = Vec::new();
        // With an x in place of each parameter, the pattern has to be a path that a request can have.
        let mut plain = String::new();
        let mut parts = written.split('/').peekable();
        while let Some(part) = parts.next() {
            let segment = Segment::read(part)?;
            if segment == Segment::Rest && parts.peek().is_some() {
                return Err(format!(
                    "{} takes all that follows, so it has to come last.",
                    short(part)
                ));
            }
            plain.push('/');
            match &segment {
                Segment::Text(text) => plain.push_str(text),
                Segment::Parameter { before, after } => plain.extend([before, "x", after]),
                Segment::Rest => plain.push('x'),
            }
            segments.push(segment);
        }
        if plain.contains('?') {
            return Err("the query is ignored, so leave it out.".to_owned());
        }
        path::unambiguous(&plain).map_err(|why| format!("{why}."))?;
        Ok(Self::new(text, segments))
    }

    /// Reads a stored pattern, which was checked before it was stored.
    pub fn from_stored(text: &str) -> Self {
        let parts = text.strip_prefix('/').unwrap_or(text).split('/');
        let segments = parts.map(|part| Segment::read(part).unwrap_or_else(|_| Segment::Text(part.into())));
        Self::new(text, segments.collect())
    }

    fn new(text: &str, segments: Vec<Segment>) -> Self {
        Self {
            start: text.split('{').next().unwrap_or_default().into(),
            segments: segments.into(),
        }
    }

    /// Whether it has no parameter, and so stands for exactly one path.
    pub fn is_text(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Text(_)))
    }

    /// Whether an unambiguous path falls under it.
    pub fn matches(&self, path: &str) -> bool {
        // Most patterns differ from the path at its beginning already.
        if !path.starts_with(&*self.start) {
            return false;
        }
        let mut given = path.split('/').skip(1);
        for segment in &self.segments {
            match (segment, given.next()) {
                (Segment::Rest, Some(first)) => return !first.is_empty(),
                (segment, Some(text)) if segment.stands_for(text) => {}
                _ => return false,
            }
        }
        given.next().is_none()
    }

    /// Whether there is an unambiguous path that falls under both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.segments.iter(), other.segments.iter());
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                // `{*rest}` stands for whatever follows, but not for nothing.
                (Some(Segment::Rest), Some(segment)) | (Some(segment), Some(Segment::Rest)) => {
                    return !segment.is_empty();
                }
                (Some(one), Some(other)) if one.overlaps(other) => {}
                _ => return false,
            }
        }
    }
}

impl Segment {
    fn read(text: &str) -> Result<Self, String> {
        let Some((before, inner)) = text.split_once('{') else {
            return if text.contains(['}', '*']) {
                Err(format!(
                    "“{}” has a brace or a star outside of a parameter.",
                    short(text)
                ))
            } else {
                Ok(Self::Text(text.into()))
            };
        };
        let (name, after) = inner.split_once('}').unwrap_or((inner, "}"));
        if after.contains('{') {
            return Err(format!("“{}” has more than one parameter.", short(text)));
        }
        if before.contains(['}', '*']) || after.contains(['}', '*']) {
            return Err(format!(
                "“{}” has a brace or a star outside of a parameter.",
                short(text)
            ));
        }
        let rest = name.strip_prefix('*');
        let plain = rest.unwrap_or(name);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("“{}” is not the name of a parameter.", short(plain)));
        }
        match rest {
            None => Ok(Self::Parameter {
                before: before.into(),
                after: after.into(),
            }),
            Some(_) if before.is_empty() && after.is_empty() => Ok(Self::Rest),
            Some(_) => Err(format!(
                "“{}” has text beside a parameter that takes all that follows.",
                short(text)
            )),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// Whether it stands for this segment of a path.
    fn stands_for(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => **own == *text,
            Self::Parameter { before, after } => {
                text.len() > before.len() + after.len() && text.starts_with(&**before) && ends_with(text, after)
            }
            Self::Rest => !text.is_empty(),
        }
    }

    /// Whether there is a segment that both stand for.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(text), segment) | (segment, Self::Text(text)) => segment.stands_for(text),
            (
                Self::Parameter { before, after },
                Self::Parameter {
                    before: others_before,
                    after: others_after,
                },
            ) => {
                // A segment with the longer text on each side and something in between belongs to both.
                (before.starts_with(&**others_before) || others_before.starts_with(&**before))
                    && (ends_with(after, others_after) || ends_with(others_after, after))
            }
            (Self::Rest, segment) | (segment, Self::Rest) => !segment.is_empty(),
        }
    }
}

/// Whether a text ends with another one that does not begin inside an escape: `%20.json` does not end with `0.json`.
fn ends_with(text: &str, end: &str) -> bool {
    let Some(before) = text.strip_suffix(end) else {
        return false;
    };
    let last = before.as_bytes();
    let cut = last.last() == Some(&b'%') || last.iter().rev().nth(1) == Some(&b'%');
    end.is_empty() || !cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::read(pattern).unwrap().matches(path)
    }

    fn overlap(one: &str, other: &str) -> bool {
        let (one, other) = (PathPattern::read(one).unwrap(), PathPattern::read(other).unwrap());
        assert_eq!(one.overlaps(&other), other.overlaps(&one));
        one.overlaps(&other)
    }

    #[test]
    fn a_slash_at_the_end_makes_another_path() {
        for (pattern, matched, not) in [
            ("/", &["/"][..], &["/x", "/x/"][..]),
            ("/x", &["/x"], &["/x/", "/"]),
            ("/x/", &["/x/"], &["/x", "/x/y"]),
            ("/x/{id}", &["/x/7"], &["/x/", "/x/7/", "/x"]),
            ("/x/{id}/", &["/x/7/"], &["/x/7", "/x/", "/x/7/8"]),
            (
                "/img/{*rest}",
                &["/img/a", "/img/a/", "/img/a/b", "/img/a/b/"],
                &["/img", "/img/", "/imgs/a"],
            ),
            ("/{*rest}", &["/a", "/a/", "/a/b"], &["/"]),
        ] {
            for path in matched {
                assert!(matches(pattern, path), "{pattern} {path}");
            }
            for path in not {
                assert!(!matches(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn a_parameter_may_have_text_before_and_after_it() {
        let model = "/v1beta/models/{model}:generateContent";
        assert!(matches(model, "/v1beta/models/gemini-2.5-pro:generateContent"));
        assert!(!matches(model, "/v1beta/models/gemini-2.5-pro:countTokens"));
        assert!(!matches(model, "/v1beta/models/:generateContent"));
        assert!(!matches(model, "/v1beta/models/a/b:generateContent"));
        assert!(!matches(model, "/v1beta/models/a:generateContent/"));
        assert!(matches("/files/{name}.json", "/files/a.b.json"));
        assert!(!matches("/files/{name}.json", "/files/.json"));
        assert!(matches("/v{version}/users", "/v12/users"));
        assert!(!matches("/v{version}/users", "/v/users"));
        // The text before a parameter and the text after it do not share characters.
        assert!(!matches("/aa{x}aa", "/aaa") && !matches("/aa{x}aa", "/aaaa") && matches("/aa{x}aa", "/aaaaa"));
    }

    #[test]
    fn a_parameter_stands_for_whole_escapes() {
        assert!(matches("/{x}9.json", "/9.json9.json"));
        assert!(!matches("/{x}9.json", "/%C3%A9.json"));
        assert!(!matches("/{x}A9.json", "/%C3%A9.json"));
        assert!(matches("/{x}%A9.json".replace("%A9", "").as_str(), "/%C3%A9.json"));
        assert!(!overlap("/{x}0.json", "/{y}%20.json"));
        assert!(overlap("/{x}.json", "/{y}%20.json"));
    }

    #[test]
    fn patterns_that_share_a_path_overlap_and_others_do_not() {
        for (one, other, both) in [
            ("/x", "/x/", false),
            ("/x/{id}", "/x/", false),
            ("/x/{id}", "/x/{id}/", false),
            ("/img/{*rest}", "/img/", false),
            ("/img/{*rest}", "/img", false),
            ("/img/{*rest}", "/img/{id}/", true),
            ("/img/{*rest}", "/{*all}", true),
            ("/{*rest}", "/", false),
            ("/m/{a}:generate", "/m/{b}:count", false),
            ("/m/{a}:generate", "/m/{b}", true),
            ("/m/{a}:generate", "/m/gemini-{b}", true),
            ("/m/{a}:generate", "/m/x:generate", true),
            ("/m/{a}:generate", "/m/:generate", false),
            ("/m/{a}.json", "/m/{b}n", true),
            ("/m/a{x}", "/m/b{y}", false),
            ("/m/a{x}", "/m/a", false),
            ("/m/ab{x}bc", "/m/abc", false),
            ("/m/ab{x}", "/m/{y}bc", true),
        ] {
            assert_eq!(overlap(one, other), both, "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for (text, why) in [
            ("a", "the path “a” does not start with a slash."),
            ("/a//b", "the path has an empty segment."),
            ("/a/..", "the path has a dot segment."),
            (
                "/a%3B",
                "the path has an encoded character that servers read as a separator, a dot or nothing.",
            ),
            (
                "/%C3{x}",
                "the path has an encoded character that servers read as a separator, a dot or nothing.",
            ),
            ("/a%{x}", "the path has a broken, needless or ambiguous escape."),
            ("/{x}?y", "the query is ignored, so leave it out."),
            ("/{*rest}/b", "{*rest} takes all that follows, so it has to come last."),
            ("/{*rest}/", "{*rest} takes all that follows, so it has to come last."),
            (
                "/a{*rest}",
                "“a{*rest}” has text beside a parameter that takes all that follows.",
            ),
            ("/{a}{b}", "“{a}{b}” has more than one parameter."),
            ("/{a}-{b}.json", "“{a}-{b}.json” has more than one parameter."),
            ("/a}", "“a}” has a brace or a star outside of a parameter."),
            ("/a*", "“a*” has a brace or a star outside of a parameter."),
            ("/{a", "“{a” has a brace or a star outside of a parameter."),
            ("/{a}}", "“{a}}” has a brace or a star outside of a parameter."),
            ("/{}", "“” is not the name of a parameter."),
            ("/{a-b}.json", "“a-b” is not the name of a parameter."),
        ] {
            assert_eq!(PathPattern::read(text), Err(why.to_owned()), "{text}");
        }
    }
}
