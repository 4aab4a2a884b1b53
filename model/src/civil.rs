//! The Gregorian calendar. `chrono` has it, too, with tables that every page of the console would load.

/// A day of the calendar. Months and days begin at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

/// Days in 400 years.
const ERA: i64 = 146_097;
/// Days from the first of March of the year 0 to 1970-01-01.
const EPOCH: i64 = 719_468;

// In the calculations, a year begins in March, so that the leap day is its last day. 153 is the number of days in five months.
impl Date {
    /// The day so many days after 1970-01-01.
    pub(crate) fn after_epoch(days: i64) -> Self {
        let days = days + EPOCH;
        let (era, in_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * in_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Self {
            year: 400 * era + year + i64::from(month < 3),
            month,
            day: in_year - (153 * from_march + 2) / 5 + 1,
        }
    }

    /// The number of days from 1970-01-01. A day that its month does not have counts as one of the months beside it.
    pub(crate) fn days_after_epoch(self) -> i64 {
        let year = self.year - i64::from(self.month < 3);
        let from_march = (self.month + 9) % 12;
        let in_year = (153 * from_march + 2) / 5 + self.day - 1;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        365 * year + leap_days + in_year - EPOCH
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};

    use super::*;

    #[test]
    fn every_day_is_that_of_chrono() {
        let from_1600_to_2400 = -135_140..157_055;
        let from_year_minus_900_to_4800 = (-1_050_000..1_050_000).step_by(311);
        for number in from_1600_to_2400.chain(from_year_minus_900_to_4800) {
            let day = Date::after_epoch(number);
            let same = NaiveDate::from_epoch_days(i32::try_from(number).unwrap()).unwrap();
            let (month, day_of_month) = (i64::from(same.month()), i64::from(same.day()));
            assert_eq!(
                (day.year, day.month, day.day),
                (i64::from(same.year()), month, day_of_month)
            );
            assert_eq!(day.days_after_epoch(), number);
        }
    }

    #[test]
    fn the_largest_and_smallest_times_have_a_day() {
        for milliseconds in [i64::MIN, i64::MAX] {
            let number = milliseconds.div_euclid(86_400_000);
            assert_eq!(Date::after_epoch(number).days_after_epoch(), number);
        }
    }
}
