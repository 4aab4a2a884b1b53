//! Parses Prometheus' text format, strictly (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::{BTreeMap, BTreeSet};

/// The metrics of an answer.
#[derive(Debug, Default)]
pub struct Exposition {
    /// The type of each family.
    pub families: BTreeMap<String, String>,
    /// The value of each sample, by its name and its labels as they are written.
    samples: BTreeMap<String, f64>,
}

impl Exposition {
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut found = Self::default();
        let mut helped = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(!help.is_empty() && !help.ends_with('.'), "{line}");
                helped = Some(name);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(helped, Some(name), "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                let before = found.families.insert(name.to_owned(), kind.to_owned());
                assert_eq!(before, None, "{line} comes twice");
            } else {
                found.add_sample(line, helped.unwrap());
            }
        }
        found.check_histograms();
        found
    }

    fn add_sample(&mut self, line: &str, family: &str) {
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
        let suffix = name
            .strip_prefix(family)
            .unwrap_or_else(|| panic!("{line} is not of {family}"));
        let suffixes = match self.families[family].as_str() {
            "histogram" => &["_bucket", "_sum", "_count"][..],
            _ => &[""],
        };
        assert!(suffixes.contains(&suffix), "{line}");
        let labels = labels.strip_suffix('}').unwrap();
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once('=').unwrap();
            assert!(
                key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{line}"
            );
            assert!(
                value.len() >= 2 && value.starts_with('"') && value.ends_with('"'),
                "{line}"
            );
        }
        let value: f64 = value.parse().unwrap();
        assert!(value.is_finite() && value >= 0.0, "{line}");
        assert_eq!(
            self.samples.insert(sample.to_owned(), value),
            None,
            "{line} comes twice"
        );
    }

    /// Each histogram grows from bucket to bucket, up to its count.
    fn check_histograms(&self) {
        for (family, _) in self.families.iter().filter(|(_, kind)| *kind == "histogram") {
            let counts = self
                .samples
                .iter()
                .filter(|(sample, _)| sample.starts_with(&format!("{family}_count")));
            for (sample, count) in counts {
                let labels = sample
                    .strip_prefix(&format!("{family}_count{{"))
                    .unwrap()
                    .strip_suffix('}')
                    .unwrap();
                let bucket = format!("{family}_bucket{{{labels},le=\"");
                let mut buckets: Vec<(f64, f64)> = self
                    .samples
                    .iter()
                    .filter_map(|(sample, value)| {
                        let bound = sample.strip_prefix(&bucket)?.strip_suffix("\"}").unwrap();
                        Some((bound.replace("+Inf", "inf").parse().unwrap(), *value))
                    })
                    .collect();
                buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
                assert!(
                    buckets.is_sorted_by(|one, other| one.0 < other.0 && one.1 <= other.1),
                    "{buckets:?}"
                );
                assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)));
            }
        }
    }

    /// The value of a sample, which is written as in the answer.
    #[track_caller]
    pub fn value(&self, sample: &str) -> f64 {
        *self
            .samples
            .get(sample)
            .unwrap_or_else(|| panic!("no {sample} in {:#?}", self.samples))
    }

    pub fn has(&self, sample: &str) -> bool {
        self.samples.contains_key(sample)
    }

    /// The names that a query can use.
    pub fn names(&self) -> BTreeSet<&str> {
        self.samples
            .keys()
            .map(|sample| sample.split('{').next().unwrap())
            .collect()
    }
}
