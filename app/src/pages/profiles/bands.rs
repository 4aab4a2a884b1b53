//! Scores as pictures. Screen readers ignore the pictures, since the same stands beside each in words.

use leptos::prelude::*;
use model::profile::{Action, Band, SCORE_MAX, Setting};

/// The height of [`Mix`], and the width of one of its columns including the gap after it, in pixels.
const MIX_HEIGHT: f64 = 20.0;
const MIX_STEP: usize = 8;

/// The scale from 0 to 100 with its three bands and a mark at the threshold. The colours are strong from the threshold on.
#[component]
pub(super) fn Bands(
    /// The threshold, or `None` while the typed text is not a score.
    #[prop(into)]
    threshold: Signal<Option<u8>>,
) -> impl IntoView {
    let mark = move || percent(threshold.get().map_or(0.0, start));
    let class = move || {
        if threshold.get().is_some() {
            "bands__mark"
        } else {
            "bands__mark bands__mark--none"
        }
    };
    view! {
        <svg class="bands" height="14" aria-hidden="true" focusable="false">
            {Band::ALL
                .into_iter()
                .map(|(band, lowest, highest)| {
                    let (left, right) = (start(lowest), start(highest + 1));
                    let from = move || threshold.get().map_or(right, |threshold| start(threshold).clamp(left, right));
                    view! {
                        <rect
                            class=format!("band band--{}", band.title())
                            x=percent(left)
                            y="4"
                            width=percent(right - left)
                            height="6"
                        ></rect>
                        <rect
                            class=format!("band band--{} band--taken", band.title())
                            x=move || percent(from())
                            y="4"
                            width=move || percent(right - from())
                            height="6"
                        ></rect>
                    }
                })
                .collect_view()}
            <rect class=class x=mark y="0" width="2" height="14" rx="1"></rect>
        </svg>
    }
}

/// The threshold in words for screen readers, such as `from 71, high`.
pub(super) fn in_words(threshold: u8) -> String {
    format!("from {threshold}, {}", Band::of(threshold).title())
}

/// The legend that explains the colours of the bands.
#[component]
pub(super) fn Legend() -> impl IntoView {
    view! {
        <p class="legend">
            {Band::ALL
                .into_iter()
                .map(|(band, lowest, highest)| {
                    let dot = match band {
                        Band::Low => "dot dot--ok",
                        Band::Moderate => "dot dot--warn",
                        Band::High => "dot dot--bad",
                    };
                    view! {
                        <span class="legend__band">
                            <span class=dot></span>
                            {format!("{} {lowest}–{highest}", band.title())}
                        </span>
                    }
                })
                .collect_view()}
        </p>
    }
}

/// A small picture of a profile with a column for each category. A higher column means a lower threshold, and a darker one a
/// stronger action.
#[component]
pub(super) fn Mix(settings: Vec<Setting>) -> impl IntoView {
    let width = (settings.len() * MIX_STEP).saturating_sub(1);
    view! {
        <svg
            class="mix"
            width=width.to_string()
            height=MIX_HEIGHT.to_string()
            viewBox=format!("0 0 {width} {MIX_HEIGHT}")
            aria-hidden="true"
            focusable="false"
        >
            {settings
                .into_iter()
                .enumerate()
                .map(|(index, setting)| {
                    let height = if setting.on { column(setting.threshold) } else { 2.0 };
                    view! {
                        <rect
                            class=format!("mix__column mix__column--{}", shade(setting))
                            x=(index * MIX_STEP).to_string()
                            y=format!("{:.1}", MIX_HEIGHT - height)
                            width=(MIX_STEP - 1).to_string()
                            height=format!("{height:.1}")
                        ></rect>
                    }
                })
                .collect_view()}
        </svg>
    }
}

fn shade(setting: Setting) -> &'static str {
    match setting.action {
        _ if !setting.on => "off",
        Action::Allow => "allow",
        Action::Flag => "flag",
        Action::Block => "block",
    }
}

/// The height of a column: the part of the scale on which the action is taken, and at least 3 pixels.
fn column(threshold: u8) -> f64 {
    ((100.0 - start(threshold)) * MIX_HEIGHT / 100.0).max(3.0)
}

/// The place on the scale where a score begins, in percent. Each of the 101 scores has the same width.
fn start(score: u8) -> f64 {
    f64::from(score) * 100.0 / f64::from(SCORE_MAX + 1)
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_fill_the_scale_without_a_gap() {
        let mut end = start(0);
        for (_, lowest, highest) in Band::ALL {
            assert_eq!(percent(start(lowest)), percent(end));
            end = start(highest + 1);
        }
        assert_eq!(percent(end), "100.00%");
    }

    #[test]
    fn a_threshold_is_named_with_its_band() {
        for (threshold, words) in [(0, "from 0, low"), (31, "from 31, moderate"), (71, "from 71, high")] {
            assert_eq!(in_words(threshold), words);
        }
    }
}
