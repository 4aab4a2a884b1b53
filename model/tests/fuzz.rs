//! Tokens and paths against second implementations of their rules, which know nothing of the first.
//! `cargo xtask fuzz` tries a million of each.

use model::endpoint::Pattern;
use model::environment::Kind;
use model::path::unambiguous;
use model::token::{check, compose};
use proptest::prelude::*;
use proptest::sample::select;

/// CRC-32 (IEEE 802.3), a bit at a time.
fn crc32(bytes: &[u8]) -> u32 {
    let mut register = u32::MAX;
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            let low = register & 1;
            register >>= 1;
            if low == 1 {
                register ^= 0xedb8_8320;
            }
        }
    }
    !register
}

/// The value of a base62 number, as far as it is one.
fn base62(text: &str) -> Option<u64> {
    text.chars().try_fold(0_u64, |value, digit| {
        let digit = match digit {
            '0'..='9' => digit as u64 - '0' as u64,
            'A'..='Z' => digit as u64 - 'A' as u64 + 10,
            'a'..='z' => digit as u64 - 'a' as u64 + 36,
            _ => return None,
        };
        Some(value * 62 + digit)
    })
}

fn is_token(text: &str) -> Option<Kind> {
    let kind = match text.get(..8)? {
        "sk_live_" => Kind::Live,
        "sk_test_" => Kind::Test,
        _ => return None,
    };
    let (random, sum) = (text.get(8..38)?, text.get(38..)?);
    let written = [random.get(..10)?, random.get(10..20)?, random.get(20..)?];
    let written = written.iter().all(|part| base62(part).is_some());
    let right = sum.len() == 6 && base62(sum)? == u64::from(crc32(text.get(..38)?.as_bytes()));
    (written && right).then_some(kind)
}

/// What goes wrong with a token on its way.
#[derive(Clone, Debug)]
enum Mistake {
    Replace(usize, char),
    Insert(usize, char),
    Remove(usize),
    Swap(usize),
    Cut(usize),
    Upper,
}

fn mistake() -> impl Strategy<Value = Mistake> {
    let letter = || {
        prop_oneof![
            select(vec!['0', 'Z', 'a', '_', '-', ' ', '\0', 'é', '٣']),
            any::<char>()
        ]
    };
    prop_oneof![
        (0..50_usize, letter()).prop_map(|(at, to)| Mistake::Replace(at, to)),
        (0..50_usize, letter()).prop_map(|(at, to)| Mistake::Insert(at, to)),
        (0..50_usize).prop_map(Mistake::Remove),
        (0..50_usize).prop_map(Mistake::Swap),
        (0..50_usize).prop_map(Mistake::Cut),
        Just(Mistake::Upper),
    ]
}

fn with(token: &str, mistake: &Mistake) -> String {
    let mut letters: Vec<char> = token.chars().collect();
    let length = letters.len();
    match *mistake {
        Mistake::Replace(at, to) if at < length => letters[at] = to,
        Mistake::Insert(at, to) if at <= length => letters.insert(at, to),
        Mistake::Remove(at) if at < length => {
            letters.remove(at);
        }
        Mistake::Swap(at) if at + 1 < length => letters.swap(at, at + 1),
        Mistake::Cut(at) => letters.truncate(at),
        Mistake::Upper => return token.to_uppercase(),
        _ => {}
    }
    letters.into_iter().collect()
}

/// Pieces of paths, most of them dangerous.
const PIECES: [&str; 44] = [
    "/",
    "/",
    "/",
    "a",
    "b",
    "api",
    ".",
    "..",
    "...",
    "/.",
    "/..",
    "//",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5C",
    "%61",
    "%20",
    "%",
    "%2",
    "%zz",
    "%00",
    "%25",
    "%252e",
    "%C3%A9",
    ";",
    ";x=1",
    "\\",
    "?",
    "#",
    " ",
    "é",
    "%3B",
    "%3bx",
    "%3F",
    "%23",
    "%0a",
    "%C0%AE",
    "%C2%A0",
    "%E2%80%8B",
    "%E2%80%A4",
    "%EF%BC%8E",
    "%EF%BC%8F",
    "%EF%BC%BC",
];

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let escape = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

/// A path as a lenient server takes it apart: decoded, full-width forms as ASCII, backslashes and repeated slashes as one
/// slash, parameters, spaces at the ends and dot segments removed. A slash at the end is an empty last segment.
fn as_a_lenient_server_reads(path: &str) -> Vec<Vec<u8>> {
    let decoded = String::from_utf8_lossy(&percent_decoded(path)).into_owned();
    let mapped: String = decoded
        .chars()
        .filter(|character| *character != '\u{200b}')
        .map(|character| match character {
            '\\' | '\u{ff0f}' | '\u{ff3c}' => '/',
            '\u{2024}' | '\u{ff0e}' => '.',
            '\u{a0}' => ' ',
            other => other,
        })
        .collect();
    let mapped = mapped.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for segment in mapped.split('/') {
        let named = segment.split(';').next().unwrap_or_default().trim_matches(' ');
        match named {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            named => segments.push(named.as_bytes().to_vec()),
        }
    }
    if mapped.ends_with('/') {
        segments.push(Vec::new());
    }
    segments
}

/// A reading in which only slashes separate segments. Invisible characters are ignored.
fn as_a_strict_server_reads(path: &str) -> Vec<Vec<u8>> {
    let text = |segment| String::from_utf8_lossy(&percent_decoded(segment)).into_owned();
    let plain = |segment: String| segment.replace('\u{200b}', "").replace('\u{a0}', " ");
    let segments = path.split('/').skip(1).map(text).map(plain);
    segments
        .map(|segment| segment.trim_matches(' ').as_bytes().to_vec())
        .collect()
}

/// A pattern against a path, segment by segment from the front.
fn falls_under(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, [])), Some((segment, _))) if first.starts_with("{*") => !segment.is_empty(),
        (Some((first, pattern)), Some((segment, path))) => {
            let fits = match (first.find('{'), first.find('}')) {
                (Some(begin), Some(end)) => {
                    let (before, after) = (&first[..begin], &first[end + 1..]);
                    let named = segment.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                    named.is_some_and(|named| !named.is_empty())
                }
                _ => first == segment,
            };
            fits && falls_under(pattern, path)
        }
        _ => false,
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').skip(1).collect()
}

fn pattern_path() -> impl Strategy<Value = String> {
    let segment = select(vec!["a", "b", "api", "{x}", "{y}", "a{x}", "{x}i", "a{y}i"]);
    let end = select(vec![None, Some(""), Some("{*rest}")]);
    (prop::collection::vec(segment, 1..5), end).prop_map(|(mut segments, end)| {
        segments.extend(end);
        format!("/{}", segments.join("/"))
    })
}

proptest! {
    #[test]
    fn fuzz_a_token_with_mistakes_is_told_from_a_good_one(
        live: bool,
        random in "[0-9A-Za-z]{30}",
        mistakes in prop::collection::vec(mistake(), 0..3),
    ) {
        let token = compose(if live { Kind::Live } else { Kind::Test }, &random);
        prop_assert!(is_token(&token).is_some());
        let sent = mistakes.iter().fold(token, |token, mistake| with(&token, mistake));
        prop_assert_eq!(check(&sent).ok(), is_token(&sent));
    }

    #[test]
    fn fuzz_any_text_is_a_token_or_not(text in "(sk_(live|test)_)?.{0,44}") {
        prop_assert_eq!(check(&text).ok(), is_token(&text));
    }

    #[test]
    fn fuzz_what_is_matched_every_server_reads_alike(pieces in prop::collection::vec(select(&PIECES[..]), 0..10)) {
        let target = pieces.concat();
        if let Ok(path) = unambiguous(&target) {
            prop_assert_eq!(path, target.split('?').next().unwrap_or_default());
            prop_assert_eq!(as_a_lenient_server_reads(path), as_a_strict_server_reads(path));
            let segments = as_a_strict_server_reads(path);
            for (place, segment) in segments.iter().enumerate() {
                prop_assert!(!matches!(segment.as_slice(), b"." | b".."));
                prop_assert!(!segment.is_empty() || (place + 1 == segments.len() && path.ends_with('/')));
                prop_assert!(!segment.iter().any(|byte| matches!(byte, b'/' | b'\\' | b';' | 0)));
            }
        }
    }

    #[test]
    fn fuzz_a_path_falls_under_a_pattern_or_not(
        pattern in pattern_path(),
        path in prop::collection::vec(select(vec!["a", "b", "api", "", "c", "ai", "{x}"]), 0..6),
    ) {
        let path = format!("/{}", path.join("/"));
        let pattern = Pattern { method: "GET".to_owned(), path: pattern };
        let expected = falls_under(&segments(&pattern.path), &segments(&path));
        prop_assert_eq!(pattern.matches("GET", &path), expected);
    }
}
