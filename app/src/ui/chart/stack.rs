//! The heights of the parts of a bar, in whole pixels. They are attributes, since the Content-Security-Policy of the page refuses
//! inline styles.

/// The least height of a part, so that even one request can be seen.
const LEAST: u64 = 2;
/// The distance between two parts.
const GAP: u64 = 1;

/// Stacks the parts of a bar from the base up. Each gets its distance from the top of the chart, and its height. Parts without
/// requests are left out. A bar of `full` requests has the whole `height`.
pub(crate) fn stack<T>(parts: Vec<(T, u64)>, full: u64, height: u64) -> Vec<(T, u64, u64)> {
    let mut parts: Vec<(T, u64)> = parts
        .into_iter()
        .filter(|(_, requests)| *requests > 0)
        .map(|(part, requests)| (part, pixels(requests, full, height).max(LEAST)))
        .collect();
    let gaps = GAP * (parts.len() as u64).saturating_sub(1);
    let sum = parts.iter().map(|(_, high)| *high).sum::<u64>() + gaps;
    // Where not all fit, the highest one gives way.
    let mut over = sum.saturating_sub(height);
    while over > 0
        && let Some((_, highest)) = parts.iter_mut().max_by_key(|(_, high)| *high)
        && *highest > LEAST
    {
        let cut = over.min(*highest - LEAST);
        *highest -= cut;
        over -= cut;
    }
    let mut base = height;
    let place = |(part, high): (T, u64)| {
        let top = base.saturating_sub(high);
        base = top.saturating_sub(GAP);
        (part, top, high)
    };
    parts.into_iter().map(place).collect()
}

/// The length of a value, where `full` has the whole `length`.
pub(super) fn pixels(value: u64, full: u64, length: u64) -> u64 {
    (value.saturating_mul(length) / full.max(1)).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHT: u64 = 112;

    fn stacked(requests: &[u64], full: u64) -> Vec<(u64, u64)> {
        let parts = requests.iter().map(|requests| ((), *requests)).collect();
        let stacked = stack(parts, full, HEIGHT).into_iter();
        stacked.map(|((), top, high)| (top, high)).collect()
    }

    #[test]
    fn parts_are_stacked_and_the_smallest_can_be_seen() {
        assert!(stacked(&[0, 0], 0).is_empty());
        assert_eq!(stacked(&[1_000, 0], 1_000), [(0, HEIGHT)]);
        assert_eq!(stacked(&[0, 1_000], 1_000), [(0, HEIGHT)]);
        assert_eq!(stacked(&[500, 0], 1_000), [(56, 56)]);
        assert_eq!(stacked(&[0, 1], 1_000_000), [(HEIGHT - LEAST, LEAST)]);
        assert_eq!(stacked(&[250, 250], 1_000), [(84, 28), (55, 28)]);
    }

    #[test]
    fn the_highest_part_gives_way_to_the_smallest() {
        assert_eq!(stacked(&[999, 1], 1_000), [(3, 109), (0, LEAST)]);
        for requests in [[1, 1, 0], [1, 10_000_000, 1], [10_000_000, 1, 1], [4, 4, 4]] {
            let parts = stacked(&requests, requests.iter().sum());
            let mut base = HEIGHT + GAP;
            for (top, high) in parts {
                assert!(
                    high >= LEAST && top + high + GAP <= base,
                    "{requests:?}: {top} {high} {base}"
                );
                base = top;
            }
        }
    }
}
