//! The span of time that a report is about, and the steps into which it is divided.

use serde::{Deserialize, Serialize};

use super::{KEPT_DAYS, UsageQuery};
use crate::time::{DAY, HOUR, Timestamp};

/// A span of time. Its steps are whole hours or days in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// The last 24 hours, by hour.
    Day,
    /// The last 7 days, by 6 hours.
    Week,
    /// The last 30 days, by day.
    Month,
    /// All the usage that is kept, by week.
    All,
    /// Some days, both included, in Unix days. The last one may be today.
    Days {
        first: i64,
        last: i64,
        /// Whether a step is a day at least, since shorter ones are not known any more.
        whole: bool,
    },
}

/// What one bar of the chart and one row of the table stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Hour,
    SixHours,
    Day,
    /// From Monday on. The first one of a range begins with the range.
    Week,
}

/// Why a query has no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRange {
    UnknownWord,
    /// The text of this field is no day.
    NotADay(&'static str),
    FromAfterTo,
    /// The first day has not begun.
    NotYet,
    /// The first day is before this one, which is the first that is kept.
    TooOld(Timestamp),
}

impl Range {
    /// The ranges that end now.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::All];

    /// The word in URLs; empty for days, which have parameters of their own.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::All => "400d",
            Self::Days { .. } => "",
        }
    }

    /// The range in names of files and in answers to programs: `24h`, `2026-11-20_2026-11-22`.
    pub fn name(self) -> String {
        match self.days() {
            Some((from, to)) => format!("{from}_{to}"),
            None => self.slug().to_owned(),
        }
    }

    /// The words on screens: `Last 24 hours`, `20 Nov 2026`, `20 Nov – 22 Nov 2026`.
    pub fn title(self) -> String {
        match self {
            Self::Day => "Last 24 hours".to_owned(),
            Self::Week => "Last 7 days".to_owned(),
            Self::Month => "Last 30 days".to_owned(),
            Self::All => "Last 400 days".to_owned(),
            Self::Days { first, last, .. } => days_in_words(day(first), day(last)),
        }
    }

    /// The first and the last day as date fields write them; `None` for a range that ends now.
    pub fn days(self) -> Option<(String, String)> {
        match self {
            Self::Days { first, last, .. } => Some((day(first).iso_date(), day(last).iso_date())),
            _ => None,
        }
    }

    /// What one bar of the chart and one row of the table stand for.
    pub const fn step(self) -> &'static str {
        match self.steps() {
            Step::Hour => "hour",
            Step::SixHours => "6 hours",
            Step::Day => "day",
            Step::Week => "week",
        }
    }

    pub const fn steps(self) -> Step {
        match self {
            Self::Day => Step::Hour,
            Self::Week => Step::SixHours,
            Self::Month => Step::Day,
            Self::All => Step::Week,
            // At most some sixty steps.
            Self::Days { first, last, whole } => match last - first {
                ..2 if !whole => Step::Hour,
                2..8 if !whole => Step::SixHours,
                ..62 => Step::Day,
                _ => Step::Week,
            },
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        if slug.is_empty() {
            return Some(Self::Day);
        }
        Self::ALL.into_iter().find(|range| range.slug() == slug)
    }

    /// The range that a query asks for. Without a first day, it begins with the first day that is kept; without a last one, it ends
    /// today. So does a last day in the future: where it is already tomorrow, that is what people call today.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn of_query(query: &UsageQuery, now: Timestamp) -> Result<Self, InvalidRange> {
        let (from, to) = (query.from.trim(), query.to.trim());
        if from.is_empty() && to.is_empty() {
            return Self::parse(&query.range).ok_or(InvalidRange::UnknownWord);
        }
        let today = now.0.div_euclid(DAY);
        let kept = today - KEPT_DAYS + 1;
        let first = read_day(from, "From")?.unwrap_or(kept);
        let last = read_day(to, "To")?.unwrap_or(today);
        if first > today {
            return Err(InvalidRange::NotYet);
        }
        if first > last {
            return Err(InvalidRange::FromAfterTo);
        }
        if first < kept {
            return Err(InvalidRange::TooOld(day(kept)));
        }
        Ok(Self::Days {
            first,
            last: last.min(today),
            whole: false,
        })
    }

    /// The same days, if their hours are not known any more.
    #[must_use]
    pub const fn of_whole_days(self) -> Self {
        match self {
            Self::Days { first, last, .. } => Self::Days {
                first,
                last,
                whole: true,
            },
            other => other,
        }
    }

    /// The start of each step that has begun, earliest first.
    pub fn starts(self, now: Timestamp) -> Vec<Timestamp> {
        let back = |step: i64, count: i64| {
            let last = floor(now, step);
            (0..count).rev().map(|back| last.plus(-back * step)).collect()
        };
        match self {
            Self::Day => back(HOUR, 24),
            Self::Week => back(6 * HOUR, 28),
            Self::Month => back(DAY, 30),
            Self::All => {
                let today = now.0.div_euclid(DAY);
                weeks(today - KEPT_DAYS + 1, today)
            }
            Self::Days { first, last, .. } => {
                let from = |step: i64| -> Vec<Timestamp> {
                    let steps = (last - first + 1) * DAY / step;
                    let starts = (0..steps).map(|index| day(first).plus(index * step));
                    starts.take_while(|start| *start <= now).collect()
                };
                match self.steps() {
                    Step::Hour => from(HOUR),
                    Step::SixHours => from(6 * HOUR),
                    Step::Day => from(DAY),
                    Step::Week => weeks(first, last),
                }
            }
        }
    }

    /// The end of the last step that has begun.
    pub fn end(self, now: Timestamp) -> Timestamp {
        let step = match self.steps() {
            Step::Hour => HOUR,
            Step::SixHours => 6 * HOUR,
            Step::Day | Step::Week => DAY,
        };
        let end = floor(now, step).plus(step);
        match self {
            Self::Days { last, .. } => end.min(day(last + 1)),
            _ => end,
        }
    }

    /// The first and the last hour that are read, both included, in Unix hours.
    pub fn hours(self, now: Timestamp) -> (i64, i64) {
        let hour = |at: Timestamp| at.0.div_euclid(HOUR);
        let first = self.starts(now).first().map_or(hour(now), |start| hour(*start));
        (first, hour(now).min(hour(self.end(now)) - 1))
    }

    /// Whether its steps are whole days.
    pub const fn is_by_day(self) -> bool {
        matches!(self.steps(), Step::Day | Step::Week)
    }

    /// The step that starts here, for people, in UTC: `20 Nov, 14:00–15:00`, `20 Nov 2026`.
    pub fn in_words(self, start: Timestamp, end: Timestamp) -> String {
        match self.steps() {
            Step::Hour | Step::SixHours => {
                format!(
                    "{}, {}–{}",
                    start.day_and_month(),
                    start.time_of_day(),
                    end.time_of_day()
                )
            }
            Step::Day => start.date(),
            Step::Week => days_in_words(start, end.plus(-DAY)),
        }
    }

    /// The days of a step, as a range with shorter steps; `None` where its steps are the shortest that are known.
    pub fn zoom(self, start: Timestamp, end: Timestamp) -> Option<Self> {
        let whole = matches!(self, Self::Days { whole: true, .. });
        let days = Self::Days {
            first: start.0.div_euclid(DAY),
            // The end is not part of the step.
            last: end.plus(-1).0.div_euclid(DAY),
            whole,
        };
        let is_shorter = match self.steps() {
            Step::Hour => false,
            Step::Day => !whole,
            Step::SixHours | Step::Week => true,
        };
        is_shorter.then_some(days)
    }
}

/// Days in words: `20 Nov 2026`, `20 Nov – 22 Nov 2026`.
fn days_in_words(first: Timestamp, last: Timestamp) -> String {
    if first == last {
        return first.date();
    }
    format!("{} – {}", first.day_seen_from(last), last.date())
}

/// The day that a date field has; `None` where it is empty.
fn read_day(text: &str, field: &'static str) -> Result<Option<i64>, InvalidRange> {
    if text.is_empty() {
        return Ok(None);
    }
    let end = Timestamp::end_of_day(text, 0).ok_or(InvalidRange::NotADay(field))?;
    Ok(Some(end.0.div_euclid(DAY)))
}

/// The start of a Unix day.
const fn day(number: i64) -> Timestamp {
    Timestamp(number * DAY)
}

/// The start of the step that contains a point in time.
const fn floor(at: Timestamp, step: i64) -> Timestamp {
    Timestamp(at.0.div_euclid(step) * step)
}

/// The starts of the weeks, which begin on Monday. The first week begins on the first day that is shown.
fn weeks(first: i64, last: i64) -> Vec<Timestamp> {
    // Day 0 was a Thursday.
    let is_monday = |day: i64| (day + 3).rem_euclid(7) == 0;
    (first..=last)
        .filter(|day| *day == first || is_monday(*day))
        .map(day)
        .collect()
}

#[cfg(test)]
mod tests;
