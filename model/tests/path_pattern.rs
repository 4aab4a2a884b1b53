//! Patterns against brute force: which paths fall under one, and which two have a path in common.

use model::path_pattern::PathPattern;
use proptest::prelude::*;
use proptest::sample::select;

fn matches(pattern: &str, path: &str) -> bool {
    PathPattern::from_stored(pattern).matches(path)
}

fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (PathPattern::from_stored(one), PathPattern::from_stored(other));
    assert_eq!(one.overlaps(&other), other.overlaps(&one));
    one.overlaps(&other)
}

fn segment() -> impl Strategy<Value = String> {
    let text = || select(vec!["", "", "a", "b", "ab", "ba", "aa", "%20", "0", "20"]);
    prop_oneof![
        select(vec!["a", "b", "ab", "%20", "a%20", "0"]).prop_map(str::to_owned),
        (text(), text()).prop_map(|(before, after)| format!("{before}{{x}}{after}")),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(segment(), 0..3),
        select(vec!["", "/", "/{*rest}"]),
    )
        .prop_filter_map("a path", |(segments, end)| {
            let text = format!("/{}", segments.join("/"));
            let text = if segments.is_empty() {
                end.to_owned()
            } else {
                text + end
            };
            PathPattern::read(&text).is_ok().then_some(text)
        })
}

/// All ways to read a segment of a path as a segment of a pattern: character by character, an escape being one.
fn stands_for(pattern: &str, text: &str) -> bool {
    let characters = |text: &str| -> Vec<String> {
        let mut read = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = if first == '%' { 3 } else { first.len_utf8() };
            read.push(rest[..length].to_owned());
            rest = &rest[length..];
        }
        read
    };
    let Some((before, after)) = pattern.split_once("{x}") else {
        return pattern == text;
    };
    let text = characters(text);
    let (before, after) = (characters(before), characters(after));
    (0..=text.len()).any(|start| (start + 1..=text.len()).any(|end| text[..start] == before && text[end..] == after))
}

fn falls_under(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["{*rest}"], [first, ..]) => !first.is_empty(),
        ([first, pattern @ ..], [segment, path @ ..]) => stands_for(first, segment) && falls_under(pattern, path),
        _ => false,
    }
}

/// Enough paths for any two of the patterns below to meet: a long first segment out of a small alphabet, and an end.
fn every_path() -> impl Iterator<Item = String> {
    let pieces = ["a", "b", "x", "0", "20", "%20"];
    let mut firsts = vec![String::new()];
    let mut longest = firsts.clone();
    for _ in 0..5 {
        longest = longest
            .iter()
            .flat_map(|start| pieces.map(|piece| format!("{start}{piece}")))
            .collect();
        firsts.extend(longest.clone());
    }
    let ends = ["", "/", "/a", "/x", "/ax", "/xb", "/axb"];
    firsts
        .into_iter()
        .flat_map(move |first| ends.map(|end| format!("/{first}{end}")))
}

proptest! {
    #[test]
    fn a_path_falls_under_a_pattern_as_brute_force_says(
        pattern in pattern(),
        path in prop::collection::vec(select(vec!["a", "b", "ab", "aba", "x", "%20", "a%20", "0", "%2020", "x20"]), 0..4),
        slash: bool,
    ) {
        let path = format!("/{}{}", path.join("/"), if slash && !path.is_empty() { "/" } else { "" });
        let split = |text: &str| -> Vec<String> { text.split('/').skip(1).map(str::to_owned).collect() };
        let (parts, given) = (split(&pattern), split(&path));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        prop_assert_eq!(matches(&pattern, &path), falls_under(&parts, &given), "{} {}", pattern, path);
    }

    #[test]
    fn what_both_match_overlaps(
        one in pattern(),
        other in pattern(),
        path in prop::collection::vec(select(vec!["a", "b", "ab", "aba", "xa", "%20", "a%20", "0", "b0", "x20", "axb"]), 0..4),
        slash: bool,
    ) {
        let path = format!("/{}{}", path.join("/"), if slash && !path.is_empty() { "/" } else { "" });
        if matches(&one, &path) && matches(&other, &path) {
            prop_assert!(overlap(&one, &other), "{} and {} share {}", one, other, path);
        }
    }

    #[test]
    fn what_a_stored_pattern_is_was_read_before(pattern in pattern()) {
        prop_assert_eq!(PathPattern::from_stored(&pattern), PathPattern::read(&pattern).unwrap());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "/?[a-c/{}*%.?2]{0,12}|.{0,20}") {
        if let Ok(read) = PathPattern::read(&text) {
            prop_assert!(!read.matches("") && !read.matches("a"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each pair is looked for among all short paths: overlapping is said exactly where one is under both.
    #[test]
    fn overlapping_is_having_a_path_in_common(one in segment(), other in segment(), ends in select(vec![
        ("", ""), ("/", ""), ("/", "/"), ("/{*rest}", "/"), ("/{*rest}", ""), ("/{*rest}", "/a"), ("/{x}", "/a{x}"),
        ("/{x}b", "/a{x}"), ("/{x}", "/"),
    ])) {
        let (one, other) = (format!("/{one}{}", ends.0), format!("/{other}{}", ends.1));
        let (Ok(left), Ok(right)) = (PathPattern::read(&one), PathPattern::read(&other)) else {
            return Ok(());
        };
        let shared = every_path().find(|path| left.matches(path) && right.matches(path));
        prop_assert_eq!(left.overlaps(&right), shared.is_some(), "{} {} {:?}", one, other, shared);
    }
}
