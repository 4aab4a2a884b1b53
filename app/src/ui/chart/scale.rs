//! The axis of the chart, which ends at a round number.

/// The highest number of lines above the base.
const LINES: u64 = 5;

/// The axis of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    /// The distance between two lines: 1, 2 or 5 times a power of ten.
    step: u64,
    lines: u64,
}

impl Scale {
    /// The axis for values up to this one.
    pub(super) fn up_to(largest: u64) -> Self {
        let mut step: u64 = 1;
        let mut next = [2, 5, 10].into_iter().cycle();
        let mut power: u64 = 1;
        while largest > step.saturating_mul(LINES) {
            let factor = next.next().unwrap_or(10);
            step = power.saturating_mul(factor);
            if factor == 10 {
                power = step;
            }
        }
        Self {
            step,
            lines: largest.div_ceil(step).max(1),
        }
    }

    /// The values at the lines of the axis, beginning with the base.
    pub(super) fn lines(self) -> impl Iterator<Item = u64> {
        (0..=self.lines).map(move |line| line * self.step)
    }

    /// The value at the end of the axis.
    pub(super) const fn end(self) -> u64 {
        self.step * self.lines
    }
}

/// A number in few characters, such as `0`, `500`, `1.5k`, `20k`, `3M`.
pub(super) fn short(value: u64) -> String {
    let (unit, word) = match value {
        0..1_000 => return value.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    match value % unit * 10 / unit {
        0 => format!("{}{word}", value / unit),
        tenth => format!("{}.{tenth}{word}", value / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let lines = |largest| Scale::up_to(largest).lines().collect::<Vec<u64>>();
        assert_eq!(lines(0), [0, 1]);
        assert_eq!(lines(1), [0, 1]);
        assert_eq!(lines(4), [0, 1, 2, 3, 4]);
        assert_eq!(lines(6), [0, 2, 4, 6]);
        assert_eq!(lines(20), [0, 5, 10, 15, 20]);
        assert_eq!(lines(21), [0, 5, 10, 15, 20, 25]);
        assert_eq!(lines(1_204), [0, 500, 1_000, 1_500]);
        assert_eq!(lines(81_000), [0, 20_000, 40_000, 60_000, 80_000, 100_000]);
        assert!(lines(u64::MAX / 10).len() <= 6);
        assert_eq!(Scale::up_to(1_204).end(), 1_500);
    }

    #[test]
    fn labels_are_short() {
        let told = [0, 500, 1_000, 1_500, 20_000, 3_000_000].map(short);
        assert_eq!(told, ["0", "500", "1k", "1.5k", "20k", "3M"]);
    }
}
