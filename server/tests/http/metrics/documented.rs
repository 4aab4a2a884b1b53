//! The documentation and the rules for alerts name the metrics as they are.

use std::collections::BTreeSet;
use std::path::Path;

use super::scrape;
use crate::common::TestApp;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("latchkey_") || word.starts_with("process_"))
        .collect()
}

#[tokio::test]
async fn the_documentation_lists_every_metric_and_no_other() {
    let text = read("docs/OPERATIONS.md");
    let (_, rest) = text.split_once("\n## Metrics\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let rows: String = section.lines().filter(|line| line.starts_with("| `")).collect();
    let app = TestApp::new().await;
    let found = scrape(&app).await;
    let families: BTreeSet<&str> = found.families.keys().map(String::as_str).collect();
    assert_eq!(names(&rows), families);
}

#[tokio::test]
async fn the_rules_for_alerts_use_metrics_that_exist() {
    let rules = read("docs/alerts/latchkey.rules.yml");
    let used: BTreeSet<&str> = names(&rules);
    assert!(used.len() >= 8, "{used:?}");
    let app = TestApp::new().await;
    let found = scrape(&app).await;
    for name in used {
        assert!(found.names().contains(name), "{name} is no metric");
    }
}
