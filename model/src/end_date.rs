//! The end date of a key: never, in so many days, or at the end of a day in the person's own time zone.

use crate::form::Mistake;
use crate::form_values::FormValues;
use crate::time::{DAY, Timestamp};

/// The furthest end date, in milliseconds from now: ten years.
pub const EXPIRES_MAX: i64 = 3_653 * DAY;
/// A key that ends within this time stands out, in milliseconds.
pub const SOON: i64 = 14 * DAY;

/// The field with the choice: `never`, `30`, `90` (days), `date` or `at`; when a key is edited also `keep`.
pub const EXPIRES: &str = "expires";
/// The field with the last day, like `2027-02-20`, read where `date` is chosen.
pub const EXPIRES_ON: &str = "expires_on";
/// The hidden field with the person's time zone at the end of that day, in minutes east of UTC. The browser fills it in
/// when the form is sent. Without scripts it is empty, which means UTC.
pub const UTC_OFFSET: &str = "utc_offset";
/// The field with the exact end as RFC 3339 writes it, read where `at` is chosen. Only programs send it.
pub const EXPIRES_AT: &str = "expires_at";
/// The choice that leaves the end date as it is.
pub const KEEP: &str = "keep";
/// The message for a person who has not chosen.
pub const CHOOSE: &str = "Choose when the key expires.";

/// The end date that a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndDate {
    /// The end date stays as it is.
    Keep,
    Set(Option<Timestamp>),
}

/// Reads the end date from a form, or says which field is wrong and why.
pub fn read(form: &FormValues, now: Timestamp) -> Result<EndDate, Mistake> {
    match form.text(EXPIRES) {
        "" | KEEP => Ok(EndDate::Keep),
        "never" => Ok(EndDate::Set(None)),
        "30" => Ok(EndDate::Set(Some(now.plus(30 * DAY)))),
        "90" => Ok(EndDate::Set(Some(now.plus(90 * DAY)))),
        "date" => {
            let offset = form
                .text(UTC_OFFSET)
                .parse::<i64>()
                .unwrap_or(0)
                .clamp(-14 * 60, 14 * 60);
            let end = Timestamp::end_of_day(form.text(EXPIRES_ON).trim(), offset)
                .ok_or_else(|| "Choose the last day on which the key works.".to_owned());
            let end = end.and_then(|end| end_date(end, now));
            end.map(|end| EndDate::Set(Some(end)))
                .map_err(|message| (EXPIRES_ON, message))
        }
        "at" => {
            let end = Timestamp::parse_utc(form.text(EXPIRES_AT))
                .ok_or_else(|| "This is not a time; write it like 2027-02-20T14:05:00Z.".to_owned());
            end.and_then(|end| end_date(end, now))
                .map(|end| EndDate::Set(Some(end)))
                .map_err(|message| (EXPIRES_AT, message))
        }
        _ => Err((EXPIRES, CHOOSE.to_owned())),
    }
}

/// Checks that a key can have this end date: it lies ahead, by at most ten years.
pub fn end_date(end: Timestamp, now: Timestamp) -> Result<Timestamp, String> {
    if end <= now {
        Err("That day has passed. Choose a later one.".to_owned())
    } else if end.since(now) > EXPIRES_MAX {
        Err("That is more than ten years away. Choose an earlier day, or Never.".to_owned())
    } else {
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

    fn field(expires: &str, date: &str, offset: &str) -> Result<EndDate, Mistake> {
        let form = [("expires", expires), ("expires_on", date), ("utc_offset", offset)];
        read(&FormValues::from(form), NOW)
    }

    #[test]
    fn an_end_date_lies_ahead() {
        assert_eq!(field("never", "", ""), Ok(EndDate::Set(None)));
        assert_eq!(field("keep", "", ""), Ok(EndDate::Keep));
        assert_eq!(field("90", "", ""), Ok(EndDate::Set(Some(NOW.plus(90 * DAY)))));
        assert!(field("date", "2026-11-22", "").is_ok());
        for (expires, date) in [
            ("date", "2026-11-21"),
            ("date", ""),
            ("date", "2099-01-01"),
            ("soon", ""),
        ] {
            assert!(field(expires, date, "").is_err(), "{expires} {date}");
        }
    }

    #[test]
    fn a_program_says_the_exact_end() {
        let at = |text| read(&FormValues::from([("expires", "at"), ("expires_at", text)]), NOW);
        assert_eq!(at("2026-11-22T05:43:01Z"), Ok(EndDate::Set(Some(NOW.plus(1_000)))));
        for wrong in ["2026-11-22T05:43:00Z", "tomorrow", "", "2099-01-01T00:00:00Z"] {
            assert_eq!(at(wrong).unwrap_err().0, EXPIRES_AT, "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_in_the_persons_own_zone() {
        let end = |offset| match field("date", "2027-02-20", offset) {
            Ok(EndDate::Set(Some(end))) => end.rfc3339(),
            other => format!("{other:?}"),
        };
        assert_eq!(end(""), "2027-02-20T23:59:59Z");
        assert_eq!(end("330"), "2027-02-20T18:29:59Z");
        assert_eq!(end("-480"), "2027-02-21T07:59:59Z");
    }
}
