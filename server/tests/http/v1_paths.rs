//! What holds for every path at which the verifier answers.

use std::path::Path;

use server::http::verifier_paths;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn before_the_keys_are_loaded_every_path_answers_with_a_problem() {
    let setup = Setup {
        loaded: false,
        ..Setup::default()
    };
    let app = TestApp::with(setup).await;
    for path in verifier_paths() {
        let path = path.replace("{*path}", "api/v1/img");
        for method in ["GET", "POST", "DELETE"] {
            let answer = app.get(&path).method(method).header("accept", "text/html").await;
            // This also checks the content type.
            answer.problem();
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn every_path_is_documented_and_has_tests() {
    let (manual, modules) = (include_str!("../../../docs/OPERATIONS.md"), include_str!("main.rs"));
    for path in verifier_paths() {
        let path = path.trim_end_matches("{*path}").trim_end_matches('/');
        assert!(manual.contains(&format!("{path}`")), "{path} is not in OPERATIONS.md");
        let folder = path.trim_start_matches('/').replace('/', "_");
        assert!(
            modules.contains(&format!("mod {folder};")),
            "{path} has no folder of tests"
        );
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http").join(&folder);
        let statuses = std::fs::read_to_string(file.join("mod.rs")).unwrap();
        // A node that has not heard from its database for too long must not answer from memory.
        assert!(
            statuses.contains("mod status_503;"),
            "{path} has no test of the status 503"
        );
    }
}
