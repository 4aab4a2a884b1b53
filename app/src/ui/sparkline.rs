//! A line chart as small as a word, which shows how a number changed from hour to hour.

use leptos::prelude::*;

use super::number::grouped;

/// The size in tenths of a pixel, as in the style sheet, and the distance of the line from the edges. These are whole numbers,
/// since the list of keys loads no other code that writes fractions.
const WIDTH: u64 = 560;
const HEIGHT: u64 = 160;
const EDGE: u64 = 10;

/// The requests by hour, the current hour last, or nothing if there were none. Screen readers read the number of requests.
#[component]
pub(crate) fn Sparkline(by_hour: Vec<u64>) -> impl IntoView {
    requests_in_words(&by_hour).map(move |words| {
        view! {
            <svg class="spark" viewBox="0 0 56 16" width="56" height="16" role="img" aria-label=words focusable="false">
                <polyline points=points(&by_hour)></polyline>
            </svg>
        }
    })
}

/// `1,204 requests in 24 h`, or nothing if there were none.
pub(crate) fn requests_in_words(by_hour: &[u64]) -> Option<String> {
    let total: u64 = by_hour.iter().sum();
    let word = if total == 1 { "request" } else { "requests" };
    (total > 0).then(|| format!("{} {word} in 24 h", grouped(total)))
}

/// The points of the line. It goes from edge to edge, and the largest value is at the top.
fn points(values: &[u64]) -> String {
    let largest = values.iter().copied().max().unwrap_or_default().max(1);
    let steps = (values.len() as u64).saturating_sub(1).max(1);
    let place = |(index, value): (u64, &u64)| {
        let x = EDGE + index * (WIDTH - 2 * EDGE) / steps;
        let y = HEIGHT - EDGE - value.saturating_mul(HEIGHT - 2 * EDGE) / largest;
        format!("{}.{},{}.{}", x / 10, x % 10, y / 10, y % 10)
    };
    (0..).zip(values).map(place).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_from_edge_to_edge_with_the_largest_value_at_the_top() {
        assert_eq!(points(&[0, 4, 2]), "1.0,15.0 28.0,1.0 55.0,8.0");
        assert_eq!(points(&[7]), "1.0,1.0");
    }
}
