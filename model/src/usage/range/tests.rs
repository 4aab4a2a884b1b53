use super::*;

const NOW: Timestamp = Timestamp(1_795_326_180_000); // Sunday, 2026-11-22T05:43:00Z

fn ends(range: Range) -> (usize, String, String, String) {
    let starts = range.starts(NOW);
    let at = |at: Timestamp| at.rfc3339();
    (
        starts.len(),
        at(starts[0]),
        at(starts[starts.len() - 1]),
        at(range.end(NOW)),
    )
}

#[test]
fn a_range_ends_with_the_step_that_is_now() {
    let told = |count, first: &str, last: &str, end: &str| (count, first.to_owned(), last.to_owned(), end.to_owned());
    assert_eq!(
        ends(Range::Day),
        told(
            24,
            "2026-11-21T06:00:00Z",
            "2026-11-22T05:00:00Z",
            "2026-11-22T06:00:00Z"
        )
    );
    assert_eq!(
        ends(Range::Week),
        told(
            28,
            "2026-11-15T06:00:00Z",
            "2026-11-22T00:00:00Z",
            "2026-11-22T06:00:00Z"
        )
    );
    assert_eq!(
        ends(Range::Month),
        told(
            30,
            "2026-10-24T00:00:00Z",
            "2026-11-22T00:00:00Z",
            "2026-11-23T00:00:00Z"
        )
    );
    // 400 days; the first week is a part of one, and this one began on Monday.
    assert_eq!(
        ends(Range::All),
        told(
            58,
            "2025-10-19T00:00:00Z",
            "2026-11-16T00:00:00Z",
            "2026-11-23T00:00:00Z"
        )
    );
    assert_eq!(Range::All.starts(NOW)[1].rfc3339(), "2025-10-20T00:00:00Z");
}

#[test]
fn words_in_urls_read_back() {
    for range in Range::ALL {
        assert_eq!(Range::parse(range.slug()), Some(range));
    }
    assert_eq!(Range::parse(""), Some(Range::Day));
    assert_eq!(Range::parse("a fortnight"), None);
}

#[test]
fn a_step_is_told_in_words() {
    let told = |range: Range, start: &str, hours: i64| {
        let start = Timestamp::end_of_day(start, 0).unwrap().plus(1 - DAY + 12 * HOUR);
        range.in_words(start, start.plus(hours * HOUR))
    };
    assert_eq!(told(Range::Day, "2026-11-20", 1), "20 Nov, 12:00–13:00");
    assert_eq!(told(Range::Week, "2026-11-20", 6), "20 Nov, 12:00–18:00");
    assert_eq!(told(Range::Month, "2026-11-20", 24), "20 Nov 2026");
    assert_eq!(told(Range::All, "2026-11-16", 7 * 24), "16 Nov – 22 Nov 2026");
}

fn asked(from: &str, to: &str) -> Result<Range, InvalidRange> {
    let query = UsageQuery {
        range: "a fortnight".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        ..UsageQuery::default()
    };
    Range::of_query(&query, NOW)
}

#[test]
fn days_take_the_place_of_the_word_and_have_bounds() {
    assert_eq!(asked("", ""), Err(InvalidRange::UnknownWord));
    let days = |from: &str, to: &str| asked(from, to).map(|range| range.days().unwrap());
    let told = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
    assert_eq!(days("2026-11-20", "2026-11-21"), told("2026-11-20", "2026-11-21"));
    assert_eq!(days(" 2026-11-20 ", ""), told("2026-11-20", "2026-11-22"));
    assert_eq!(days("", "2026-11-21"), told("2025-10-19", "2026-11-21"));
    assert_eq!(days("2026-11-20", "2030-01-01"), told("2026-11-20", "2026-11-22"));
    assert_eq!(days("2025-10-19", ""), told("2025-10-19", "2026-11-22"));
    for (from, to, expected) in [
        ("yesterday", "", InvalidRange::NotADay("From")),
        ("2026-02-30", "", InvalidRange::NotADay("From")),
        ("", "22.11.2026", InvalidRange::NotADay("To")),
        ("2026-11-21", "2026-11-20", InvalidRange::FromAfterTo),
        ("2026-11-23", "2026-11-24", InvalidRange::NotYet),
        ("2025-10-18", "", InvalidRange::TooOld(NOW.plus(-399 * DAY))),
        ("9999-12-31", "", InvalidRange::NotYet),
    ] {
        let found = asked(from, to);
        match (found, expected) {
            (Err(InvalidRange::TooOld(first)), InvalidRange::TooOld(kept)) => {
                assert_eq!(first.iso_date(), kept.iso_date());
            }
            (found, expected) => assert_eq!(found, Err(expected), "{from:?} {to:?}"),
        }
    }
}

#[test]
fn days_have_at_most_some_sixty_steps_and_end_with_what_has_begun() {
    for (from, to, step, count, end) in [
        // Today: the sixth hour has begun.
        ("2026-11-22", "2026-11-22", "hour", 6, "2026-11-22T06:00:00Z"),
        ("2026-11-20", "2026-11-20", "hour", 24, "2026-11-21T00:00:00Z"),
        ("2026-11-20", "2026-11-21", "hour", 48, "2026-11-22T00:00:00Z"),
        ("2026-11-15", "2026-11-22", "6 hours", 29, "2026-11-22T06:00:00Z"),
        ("2026-11-01", "2026-11-22", "day", 22, "2026-11-23T00:00:00Z"),
        ("2026-09-01", "2026-11-01", "day", 62, "2026-11-02T00:00:00Z"),
        ("2026-09-01", "2026-11-02", "week", 10, "2026-11-03T00:00:00Z"),
        ("2025-10-19", "2026-11-22", "week", 58, "2026-11-23T00:00:00Z"),
    ] {
        let range = asked(from, to).unwrap();
        let starts = range.starts(NOW);
        assert_eq!((range.step(), starts.len()), (step, count), "{from} {to}");
        assert_eq!(starts[0].iso_date(), from);
        assert_eq!(range.end(NOW).rfc3339(), end, "{from} {to}");
        let (first, last) = range.hours(NOW);
        let begun = floor(NOW, HOUR).plus(HOUR).min(range.end(NOW));
        assert_eq!((first * HOUR, (last + 1) * HOUR), (starts[0].0, begun.0), "{from} {to}");
        let by_day = range.of_whole_days();
        assert!(by_day.is_by_day() && by_day.days() == range.days(), "{from} {to}");
    }
    assert_eq!(Range::Day.of_whole_days(), Range::Day);
    assert_eq!(Range::Day.hours(NOW), (498_701 - 23, 498_701));
}

#[test]
fn a_range_has_words_and_a_name() {
    let told = |from, to| {
        let range = asked(from, to).unwrap();
        (range.title(), range.name())
    };
    assert_eq!(
        told("2026-11-20", "2026-11-20"),
        ("20 Nov 2026".to_owned(), "2026-11-20_2026-11-20".to_owned())
    );
    assert_eq!(told("2026-11-01", "2026-11-20").0, "1 Nov – 20 Nov 2026");
    assert_eq!(told("2025-12-24", "2026-11-20").0, "24 Dec 2025 – 20 Nov 2026");
    assert_eq!(Range::Week.name(), "7d");
}

#[test]
fn a_step_leads_to_the_days_in_it_by_shorter_steps() {
    let zoomed = |range: Range| {
        let starts = range.starts(NOW);
        range.zoom(starts[0], starts[1]).map(|days| (days.title(), days.step()))
    };
    let told = |title: &str, step| Some((title.to_owned(), step));
    assert_eq!(zoomed(Range::Day), None);
    assert_eq!(zoomed(Range::Week), told("15 Nov 2026", "hour"));
    assert_eq!(zoomed(Range::Month), told("24 Oct 2026", "hour"));
    // The first week is a single day here.
    assert_eq!(zoomed(Range::All), told("19 Oct 2025", "hour"));
    let weeks = Range::All.starts(NOW);
    let week = Range::All.zoom(weeks[1], weeks[2]).unwrap();
    assert_eq!(
        (week.title().as_str(), week.step()),
        ("20 Oct – 26 Oct 2025", "6 hours")
    );
    // Where hours are not known, a day leads nowhere.
    let days = asked("2026-11-01", "2026-11-05").unwrap().of_whole_days();
    assert_eq!((zoomed(days), days.step()), (None, "day"));
}
