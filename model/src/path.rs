//! Request paths as the verifier reads them: as they are, never normalised.
//!
//! Whatever an upstream might read differently from us is refused rather than interpreted (RFC 3986, sections 2.3 and
//! 6.2.2, name the spellings that servers treat alike). A slash at the end is a part of the path: `/x` and `/x/` are
//! two paths.

use crate::lookalike::{self, Lookalike};

/// Why a path is not matched against the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    #[error("the path does not start with a slash")]
    NotAbsolute,
    #[error("the path has a dot segment")]
    DotSegment,
    /// Only before the last segment: an empty last segment means that the path ends with a slash.
    #[error("the path has an empty segment")]
    EmptySegment,
    #[error("the path has a character that servers read differently")]
    Character,
    #[error("the path has a broken, needless or ambiguous escape")]
    Escape,
    #[error("the path has an encoded character that servers read as a separator, a dot or nothing")]
    Encoded,
}

/// The path of a request target, without its query. Refuses a path that servers may read differently.
pub fn unambiguous(target: &str) -> Result<&str, Refused> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let mut rest = path.strip_prefix('/').ok_or(Refused::NotAbsolute)?;
    while let Some((segment, after)) = rest.split_once('/') {
        if segment.is_empty() {
            return Err(Refused::EmptySegment);
        }
        characters(segment)?;
        rest = after;
    }
    // Only the last segment may be empty.
    characters(rest)?;
    Ok(path)
}

fn characters(segment: &str) -> Result<(), Refused> {
    let mut only_dots = true;
    for byte in segment.bytes() {
        match byte {
            b'.' => {}
            // A segment with an escape is checked by another function: few paths have any.
            b'%' => return escapes(segment),
            b';' | b'\\' | b'#' => return Err(Refused::Character),
            _ if byte.is_ascii_graphic() => only_dots = false,
            _ => return Err(Refused::Character),
        }
    }
    // Three dots or more are refused too: Windows drops dots at the end of a name.
    if only_dots && !segment.is_empty() {
        return Err(Refused::DotSegment);
    }
    Ok(())
}

fn escapes(segment: &str) -> Result<(), Refused> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
                    return Err(Refused::Escape);
                };
                decoded.push(needed(high * 16 + low)?);
            }
            b';' | b'\\' | b'#' => return Err(Refused::Character),
            _ if byte.is_ascii_graphic() => decoded.push(byte),
            _ => return Err(Refused::Character),
        }
    }
    // Bytes that are not UTF-8: some servers read a slash or a dot in them (RFC 3629, section 10).
    let text = std::str::from_utf8(&decoded).map_err(|_| Refused::Encoded)?;
    dots(&as_read_by_the_laxest(text)?)
}

/// The byte that an escape stands for. Refuses a byte that needs no escape, and one that some servers do not read as a
/// part of a name.
const fn needed(byte: u8) -> Result<u8, Refused> {
    match byte {
        b'.' | b'/' | b'\\' | b';' | b'?' | b'#' => Err(Refused::Encoded),
        b'-' | b'_' | b'~' => Err(Refused::Escape),
        _ if byte.is_ascii_alphanumeric() => Err(Refused::Escape),
        _ if byte.is_ascii_control() => Err(Refused::Encoded),
        _ => Ok(byte),
    }
}

/// The segment as the laxest server reads it: what looks like a dot becomes a dot, and invisible characters are
/// dropped.
fn as_read_by_the_laxest(text: &str) -> Result<String, Refused> {
    let mut read = String::with_capacity(text.len());
    for character in text.chars() {
        match lookalike::classify(character) {
            None => read.push(character),
            Some(Lookalike::Separator | Lookalike::Control) => return Err(Refused::Encoded),
            Some(Lookalike::Dots) => read.push('.'),
            Some(Lookalike::Percent) => read.push('%'),
            Some(Lookalike::Space) => read.push(' '),
            Some(Lookalike::Invisible) => {}
        }
    }
    // An escape of an escape, for a server that decodes twice.
    let double = read
        .as_bytes()
        .windows(3)
        .any(|it| it[0] == b'%' && hex(it[1]).is_some() && hex(it[2]).is_some());
    if double { Err(Refused::Escape) } else { Ok(read) }
}

/// Refuses what some servers read as a dot segment: they drop spaces and dots at the ends of a name, or all that
/// follows a space.
fn dots(read: &str) -> Result<(), Refused> {
    let trimmed = read.trim_matches(' ');
    if trimmed.is_empty() {
        // Some servers drop all of it, and read an empty segment.
        return Err(Refused::Encoded);
    }
    let only_dots = |word: Option<&str>| word.is_some_and(|word| word.bytes().all(|byte| byte == b'.'));
    let mut words = trimmed.split(' ');
    if only_dots(words.next()) || only_dots(words.next_back()) {
        return Err(Refused::DotSegment);
    }
    let begins = read.starts_with(' ') && trimmed.starts_with('.');
    let ends = read.ends_with(' ') && trimmed.ends_with('.');
    if begins || ends { Err(Refused::Encoded) } else { Ok(()) }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn an_ordinary_path_is_taken_as_it_is() {
        for path in [
            "/",
            "/api/v1/img",
            "/api/v1/img/",
            "/api/v1/img/a%20b",
            "/a/b.c",
            "/a/.well-known",
            "/a/wait...",
            "/a/%C3%A9",
            "/a/%C3%A9/",
            "/a/50%25",
            "/a/50%25zz",
            "/a:b@c,d=e",
            "/models/gemini-2.5-pro:generateContent",
            "/a/A%20cat.%20A%20dog",
            "/a/wait%20...%20what",
            "/a/%E2%80%A6and%20more",
            "/a/%E5%A5%BD%EF%BC%9F",
            "/a/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
            "/a/%22%3C%3E%5B%5D%7B%7D%7C%5E%60",
        ] {
            assert_eq!(unambiguous(path), Ok(path));
        }
    }

    #[test]
    fn the_query_is_ignored() {
        assert_eq!(unambiguous("/api/v1/img?size=../..;%2e"), Ok("/api/v1/img"));
        assert_eq!(unambiguous("/?/.."), Ok("/"));
    }

    #[test]
    fn what_an_upstream_may_read_otherwise_is_refused() {
        for (path, refused) in [
            ("", Refused::NotAbsolute),
            ("api", Refused::NotAbsolute),
            ("//", Refused::EmptySegment),
            ("//api", Refused::EmptySegment),
            ("/api//v1", Refused::EmptySegment),
            ("/api/v1//", Refused::EmptySegment),
            ("/api/./v1", Refused::DotSegment),
            ("/api/../v1", Refused::DotSegment),
            ("/api/..", Refused::DotSegment),
            ("/api/../", Refused::DotSegment),
            ("/api/...", Refused::DotSegment),
            ("/api;x/v1", Refused::Character),
            ("/api\\v1", Refused::Character),
            ("/api v1", Refused::Character),
            ("/api#v1", Refused::Character),
            ("/api/é", Refused::Character),
            ("/api/%2e%2E/v1", Refused::Encoded),
            ("/api%2fv1", Refused::Encoded),
            ("/api%5Cv1", Refused::Encoded),
            ("/%61pi", Refused::Escape),
            ("/api/%7Ev1", Refused::Escape),
            ("/api/%", Refused::Escape),
            ("/api/%2", Refused::Escape),
            ("/api/%zz", Refused::Escape),
            ("/api/%u002e", Refused::Escape),
            ("/api/%00", Refused::Encoded),
            ("/api/%252e%252e", Refused::Escape),
            ("/api/%25252e", Refused::Escape),
            ("/api/a%252a", Refused::Escape),
        ] {
            assert_eq!(unambiguous(path), Err(refused), "{path}");
        }
    }

    #[test]
    fn what_servers_read_as_a_separator_or_a_dot_is_refused_however_it_is_encoded() {
        for segment in [
            "..%3B",
            "..%3b",
            "a%3Bb",
            "a%3fb",
            "a%23b",
            "..%09",
            "%0a..",
            "a%0D%0Ab",
            "a%7Fb",
            // Overlong slashes and dots, and bytes that are not UTF-8.
            "%C0%AF",
            "%C0%AE%C0%AE",
            "%E0%80%AF",
            "%E0%80%AE",
            "%F0%80%80%AE",
            "%C1%9C",
            "%FF",
            "%C3",
            // Surrogates that were encoded one by one.
            "%ED%A0%80%ED%B0%80",
            // Full width, small and mathematical slashes, dots, backslashes and semicolons.
            "%EF%BC%8E%EF%BC%8E",
            "a%EF%BC%8Ejson",
            "%EF%BC%8F",
            "%EF%BC%BC",
            "%EF%BC%9B",
            "%E2%88%95",
            "%E2%81%84",
            "%E2%88%96",
            "%E2%80%A4%E2%80%A4",
            "%CD%BE",
            "%EF%B9%92",
            "%EF%B9%A8",
            "%C2%A5",
            "%E2%82%A9",
            "%E2%84%85",
            // C1 controls, line and paragraph separators.
            "%C2%85",
            "%E2%80%A8",
            "%E2%80%A9",
            // Some servers drop all of these.
            "%20",
            "%20%20",
            "%C2%A0",
            "%E2%80%8B",
            "%EF%BB%BF%20",
            // Dots at the ends, beside characters that some servers drop.
            ".a.%20",
            "%20.a",
            "a.%C2%A0",
        ] {
            for path in [format!("/api/v1/img/{segment}"), format!("/api/{segment}/admin")] {
                assert_eq!(unambiguous(&path), Err(Refused::Encoded), "{path}");
            }
        }
    }

    #[test]
    fn dots_are_a_dot_segment_beside_what_some_server_drops() {
        for segment in [
            "..%20",
            "%20..",
            ".%20",
            "%20.",
            "..%20..",
            ".%20.",
            "..%20a",
            "a%20..",
            "...%20",
            "..%C2%A0",
            "%E3%80%80..",
            "..%E2%80%8B",
            ".%E2%80%8C.",
            "%EF%BB%BF..",
            ".%E2%80%AE.",
            "..%E2%81%A0%20",
            "%E2%80%A5",
            "%E2%80%A6",
            "%EF%B8%B0",
            ".%C2%AD.",
        ] {
            for path in [format!("/api/v1/img/{segment}"), format!("/api/{segment}/admin")] {
                assert_eq!(unambiguous(&path), Err(Refused::DotSegment), "{path}");
            }
        }
    }

    #[test]
    fn an_escape_of_an_escape_is_refused_also_where_the_percent_sign_is_another_one() {
        for segment in ["%EF%BC%852e", "%EF%B9%AA2f", "%25%E2%80%8B2e", "%2%35e"] {
            assert_eq!(unambiguous(&format!("/a/{segment}")), Err(Refused::Escape), "{segment}");
        }
    }

    /// The segments that the laxest server finds in a path: it decodes the path, maps what looks like a separator or a
    /// dot, drops what is invisible, and splits the rest.
    fn read_by_the_laxest(path: &str) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut rest = path.bytes();
        while let Some(byte) = rest.next() {
            let byte = if byte == b'%' {
                hex(rest.next().unwrap()).unwrap() * 16 + hex(rest.next().unwrap()).unwrap()
            } else {
                byte
            };
            bytes.push(byte);
        }
        let mapped: String = String::from_utf8(bytes)
            .unwrap()
            .chars()
            .filter_map(|character| match lookalike::classify(character) {
                None => Some(character),
                Some(Lookalike::Separator | Lookalike::Control) => Some('/'),
                Some(Lookalike::Dots) => Some('.'),
                Some(Lookalike::Percent) => Some('%'),
                Some(Lookalike::Space) => Some(' '),
                Some(Lookalike::Invisible) => None,
            })
            .collect();
        mapped
            .split(['/', '\\', ';', '?', '#'])
            .skip(1)
            .map(|it| it.trim_matches(' ').to_owned())
            .collect()
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in any::<String>()) {
            if let Ok(path) = unambiguous(&text) {
                prop_assert!(text.starts_with(path) && path.starts_with('/'));
                prop_assert!(!path.contains("//") && !path.contains("/../") && !path.contains(';'));
            }
        }

        #[test]
        fn names_in_every_language_are_taken_once_they_are_encoded(name in "[a-z]{1,3}[\\p{L}\\p{N} ]{0,8}[a-z]{1,3}") {
            let suspected = name.chars().any(|it| it != ' ' && lookalike::classify(it).is_some());
            prop_assume!(!suspected);
            let name: String = name
                .bytes()
                .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
                .collect();
            let path = format!("/files/{name}");
            prop_assert_eq!(unambiguous(&path), Ok(path.as_str()));
        }

        #[test]
        fn no_server_finds_other_segments_in_what_is_matched(
            pieces in prop::collection::vec(
                select(vec![
                    "/", "/", "a", "b", ".", "..", "%20", "%3B", ";", "%2e", "%2F", "%5c", "%3F", "%23", "%00", "%0A", "%C2%85",
                    "%C2%A0", "%C3%A9", "%E2%80%8B", "%E2%80%A4", "%E2%80%A6", "%E2%88%95", "%EF%BC%8E", "%EF%BC%8F",
                    "%EF%BC%BC", "%EF%BC%85", "%C0%AE", "%FF", "%25", "2e", "%",
                ]),
                0..8,
            ),
        ) {
            let target = format!("/{}", pieces.concat());
            if let Ok(path) = unambiguous(&target) {
                let segments: Vec<&str> = path.split('/').skip(1).collect();
                let read = read_by_the_laxest(path);
                prop_assert_eq!(read.len(), segments.len(), "{:?}", read);
                for (place, segment) in read.iter().enumerate() {
                    let dots = segment.bytes().all(|byte| byte == b'.');
                    prop_assert!(!dots || (segment.is_empty() && place + 1 == segments.len() && segments[place].is_empty()));
                }
            }
        }
    }
}
