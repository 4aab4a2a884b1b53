//! Points in time, and how people read them.

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::civil::Date;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, as the database stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Milliseconds in a second, a minute, an hour and a day.
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// The last year that can be typed, which is that of `chrono`.
const YEAR_MAX: u32 = 262_142;

impl Timestamp {
    /// The point in time `milliseconds` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this point; negative when this one comes first.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, to the second: `2026-11-22T05:43:00Z`.
    pub fn rfc3339(self) -> String {
        format!("{}T{}Z", self.iso_date(), self.clock())
    }

    /// RFC 3339 in UTC, to the millisecond: `2026-11-22T05:43:00.212Z`.
    pub fn rfc3339_millis(self) -> String {
        format!("{}T{}.{:03}Z", self.iso_date(), self.clock(), self.0.rem_euclid(SECOND))
    }

    /// A date for people: `20 Feb 2027` (UTC).
    pub fn date(self) -> String {
        format!("{} {}", self.day_and_month(), self.day().year)
    }

    /// A date without its year, for where the year is clear: `20 Feb` (UTC).
    pub fn day_and_month(self) -> String {
        let Date { month, day, .. } = self.day();
        format!("{day} {}", month_name(month))
    }

    /// `14:05` (UTC).
    pub fn time_of_day(self) -> String {
        let in_day = self.0.rem_euclid(DAY);
        format!("{:02}:{:02}", in_day / HOUR, in_day % HOUR / MINUTE)
    }

    /// The exact time for people: `20 Feb 2027, 14:05:09 UTC`.
    pub fn exact(self) -> String {
        format!("{}, {} UTC", self.date(), self.clock())
    }

    /// How long ago this was, seen from `now`: `just now`, `2 min ago`, `6 h ago`, `12 Nov`, `3 Oct 2025`.
    pub fn relative_to(self, now: Self) -> String {
        let past = now.since(self);
        if past < MINUTE {
            "just now".to_owned()
        } else if past < HOUR {
            format!("{} min ago", past / MINUTE)
        } else if past < DAY {
            format!("{} h ago", past / HOUR)
        } else {
            self.day_seen_from(now)
        }
    }

    /// The day of this point, without its year where that is clear: `12 Nov`, `3 Oct 2025`.
    pub fn day_seen_from(self, now: Self) -> String {
        if self.day().year == now.day().year {
            self.day_and_month()
        } else {
            self.date()
        }
    }

    /// The last millisecond of a calendar day (`2027-02-20`) in a zone `offset_minutes` east of UTC.
    /// `None` when the text is not a date.
    pub fn end_of_day(date: &str, offset_minutes: i64) -> Option<Self> {
        let mut numbers = date.splitn(3, '-');
        let year: u32 = numbers.next()?.parse().ok()?;
        let month: u8 = numbers.next()?.parse().ok()?;
        let day: u8 = numbers.next()?.parse().ok()?;
        let day = Date {
            year: year.into(),
            month: month.into(),
            day: day.into(),
        };
        let number = day.days_after_epoch();
        let exists = year <= YEAR_MAX && day == Date::after_epoch(number);
        exists.then(|| Self((number + 1) * DAY - 1 - offset_minutes * MINUTE))
    }

    /// The calendar day in UTC: year, month from 1, day. `None` before year 0.
    pub fn calendar(self) -> Option<(u32, i32, i32)> {
        let Date { year, month, day } = self.day();
        Some((year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?))
    }

    /// Reads RFC 3339 (`2026-12-01T14:05:00Z`), or what a `datetime-local` field has (`2026-12-01T14:05`), in UTC.
    pub fn parse_utc(text: &str) -> Option<Self> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(time.timestamp_millis()));
        }
        let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"];
        let local = forms
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
        Some(Self(local.and_utc().timestamp_millis()))
    }

    /// The calendar day in UTC as a date field writes it: `2027-02-20`.
    pub fn iso_date(self) -> String {
        let Date { year, month, day } = self.day();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `14:05:09` (UTC).
    pub fn clock(self) -> String {
        format!("{}:{:02}", self.time_of_day(), self.0.rem_euclid(MINUTE) / SECOND)
    }

    fn day(self) -> Date {
        Date::after_epoch(self.0.div_euclid(DAY))
    }
}

/// Whole days, rounded up, in a span of milliseconds: "ends in 9 days".
pub const fn days_left(milliseconds: i64) -> i64 {
    (milliseconds + DAY - 1).div_euclid(DAY)
}

/// How far one clock is from another: `3 min 12 s behind`, `40 s ahead`.
pub fn skew_in_words(milliseconds: i64) -> String {
    let span = milliseconds.saturating_abs();
    let (hours, minutes, seconds) = (span / HOUR, span % HOUR / MINUTE, span % MINUTE / SECOND);
    let amount = match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min"),
    };
    format!("{amount} {}", if milliseconds < 0 { "behind" } else { "ahead" })
}

/// What two disagreeing clocks show, so that the reader sees which one is wrong: `This computer: 14:02:11 UTC. Server:
/// 13:03:09 UTC.` Also shows the days where these differ. `zone` is the name of the time zone of both, or empty.
pub fn both_clocks(whose: &str, its: Timestamp, servers: Timestamp, zone: &str) -> String {
    let shown = |at: Timestamp| {
        let time = at.clock();
        let day = if its.iso_date() == servers.iso_date() {
            String::new()
        } else {
            format!("{}, ", at.date())
        };
        let space = if zone.is_empty() { "" } else { " " };
        format!("{day}{time}{space}{zone}")
    };
    format!("{whose}: {}. Server: {}.", shown(its), shown(servers))
}

/// [`skew_in_words`] as compared with the server: `40 s ahead of the server's`.
pub fn against_the_servers(skew: i64) -> String {
    let of = if skew < 0 { "" } else { " of" };
    format!("{}{of} the server's", skew_in_words(skew))
}

fn month_name(month: i64) -> &'static str {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let index = usize::try_from(month - 1).ok();
    index.and_then(|index| MONTHS.get(index)).copied().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(NOW.rfc3339(), "2026-11-22T05:43:00Z");
        assert_eq!(NOW.plus(7).rfc3339_millis(), "2026-11-22T05:43:00.007Z");
        assert_eq!(NOW.exact(), "22 Nov 2026, 05:43:00 UTC");
        assert_eq!(NOW.iso_date(), "2026-11-22");
        let before = Timestamp(-1);
        assert_eq!(before.rfc3339_millis(), "1969-12-31T23:59:59.999Z");
        assert_eq!(before.exact(), "31 Dec 1969, 23:59:59 UTC");
    }

    #[test]
    fn the_past_is_told_as_people_tell_it() {
        for (ago, text) in [
            (5 * SECOND, "just now"),
            (2 * MINUTE, "2 min ago"),
            (6 * HOUR + 59 * MINUTE, "6 h ago"),
            (10 * DAY, "12 Nov"),
            (400 * DAY, "18 Oct 2025"),
        ] {
            assert_eq!(NOW.plus(-ago).relative_to(NOW), text);
        }
    }

    #[test]
    fn a_date_ends_at_midnight_of_the_persons_own_zone() {
        let utc = Timestamp::end_of_day("2026-11-22", 0);
        assert_eq!(utc.map(Timestamp::rfc3339).as_deref(), Some("2026-11-22T23:59:59Z"));
        let berlin = Timestamp::end_of_day("2026-11-22", 60);
        assert_eq!(berlin.map(Timestamp::rfc3339).as_deref(), Some("2026-11-22T22:59:59Z"));
        let leap_day = Timestamp::end_of_day("2028-02-29", 0);
        assert_eq!(
            leap_day.map(Timestamp::rfc3339).as_deref(),
            Some("2028-02-29T23:59:59Z")
        );
        for nonsense in [
            "",
            "tomorrow",
            "2026-02-30",
            "2026-02-29",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "-1-01-01",
            "4000000000-01-01",
            "22.11.2026",
        ] {
            assert_eq!(Timestamp::end_of_day(nonsense, 0), None);
        }
    }

    #[test]
    fn a_day_is_told_without_a_year_that_is_clear() {
        assert_eq!(NOW.plus(-10 * DAY).day_seen_from(NOW), "12 Nov");
        assert_eq!(NOW.plus(100 * DAY).day_seen_from(NOW), "2 Mar 2027");
        assert_eq!(NOW.calendar(), Some((2026, 11, 22)));
    }

    #[test]
    fn a_time_is_read_as_a_field_or_a_program_writes_it() {
        let wanted = Some("2026-12-01T14:05:00Z".to_owned());
        for text in [
            "2026-12-01T14:05:00Z",
            "2026-12-01T15:05:00+01:00",
            "2026-12-01T14:05",
            "2026-12-01T14:05:00",
        ] {
            assert_eq!(Timestamp::parse_utc(text).map(Timestamp::rfc3339), wanted, "{text}");
        }
        for nonsense in ["", "now", "2026-12-01", "2026-13-01T14:05"] {
            assert_eq!(Timestamp::parse_utc(nonsense), None);
        }
    }

    #[test]
    fn a_skew_is_told_in_words() {
        assert_eq!(skew_in_words(-192_000), "3 min 12 s behind");
        assert_eq!(skew_in_words(61_500), "1 min 1 s ahead");
        assert_eq!(skew_in_words(40_000), "40 s ahead");
        assert_eq!(skew_in_words(-26 * HOUR - MINUTE), "26 h 1 min behind");
    }

    #[test]
    fn two_clocks_that_disagree_are_both_shown() {
        let fast = NOW.plus(59 * MINUTE + 2 * SECOND);
        assert_eq!(
            both_clocks("This computer", fast, NOW, "UTC"),
            "This computer: 06:42:02 UTC. Server: 05:43:00 UTC."
        );
        assert_eq!(
            both_clocks("This computer", NOW.plus(-6 * HOUR), NOW, ""),
            "This computer: 21 Nov 2026, 23:43:00. Server: 22 Nov 2026, 05:43:00."
        );
        assert_eq!(against_the_servers(fast.since(NOW)), "59 min 2 s ahead of the server's");
        assert_eq!(against_the_servers(-40 * SECOND), "40 s behind the server's");
    }

    #[test]
    fn days_left_round_up() {
        assert_eq!(days_left(1), 1);
        assert_eq!(days_left(9 * DAY), 9);
        assert_eq!(days_left(0), 0);
    }
}
