//! Statistics, and numbers as text.

/// Converts a count for a ratio. 53 bits are enough for every count here.
#[expect(clippy::cast_precision_loss, reason = "what is counted here stays far below 2^53")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

/// The median of many measurements, with the lowest and the highest, which show how much other work disturbed them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) middle: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// The spread around the median. NaN if nothing was measured.
    pub(crate) fn of(measured: impl IntoIterator<Item = f64>) -> Spread {
        let mut measured: Vec<f64> = measured.into_iter().collect();
        measured.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| measured.get(index).copied().unwrap_or(f64::NAN);
        let last = measured.len().saturating_sub(1);
        Spread {
            middle: f64::midpoint(at(last / 2), at(measured.len() / 2)),
            least: at(0),
            most: at(last),
        }
    }

    /// `20.1 (19.8–21.0)`
    pub(crate) fn in_words(self, decimals: usize) -> String {
        let Spread { middle, least, most } = self;
        format!("{middle:.decimals$} ({least:.decimals$}–{most:.decimals$})")
    }
}

/// The rounded number, with thousands separators.
pub(crate) fn whole(number: f64) -> String {
    format!("{number:.0}").parse().map_or_else(|_| "?".to_owned(), grouped)
}

/// `100,000`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Spread, grouped, whole};

    #[test]
    fn digits_come_in_threes() {
        assert_eq!(
            [7, 999, 1_000, 1_234_567].map(grouped),
            ["7", "999", "1,000", "1,234,567"]
        );
        assert_eq!(whole(41_999.6), "42,000");
    }

    #[test]
    fn a_spread_has_the_middle_and_both_ends() {
        assert_eq!(Spread::of([3.0, 1.0, 8.0]).in_words(1), "3.0 (1.0–8.0)");
        assert_eq!(Spread::of([1.0, 2.0, 4.0, 9.0]).in_words(2), "3.00 (1.00–9.00)");
        assert!(Spread::of([]).middle.is_nan());
    }
}
