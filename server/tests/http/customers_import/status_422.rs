//! The file as a whole cannot be imported.

use super::{import, sent_in_parts};
use crate::common::TestApp;

#[tokio::test]
async fn a_file_that_cannot_be_read_says_why() {
    let app = TestApp::new().await.with_owner().await;
    let many = "{\"externalId\": \"a\"}\n".repeat(1_001);
    for (file, why) in [
        ("", "Choose a file, or paste its lines."),
        ("external_id;name\nacme;Acme\n", "separated by commas"),
        ("external_id,name\n", "There is no customer in this file"),
        (many.as_str(), "more than 1,000 customers"),
    ] {
        let page = import(&app, &[("lines", file)]).await;
        assert_eq!(page.status, 422, "{why}");
        assert!(page.body.contains(why), "{why}: {}", page.body);
    }
    let latin1 = b"--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nM\xfcller\r\n--boundary--\r\n";
    let page = sent_in_parts(&app, latin1.to_vec()).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("The file is not UTF-8 text."), "{}", page.body);
}
