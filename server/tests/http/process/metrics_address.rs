//! The metrics have an address of their own, or none.

use super::{Server, ask};

#[test]
fn only_the_address_of_the_metrics_serves_them() {
    let mut server = Server::start(&[("LATCHKEY_METRICS_ADDR", "127.0.0.1:0")]);
    let (console, metrics) = (server.console(), server.address("the metrics are at"));
    assert_ne!(console, metrics);
    let missing = ask(&console, "GET /v1/authorize HTTP/1.1", "");
    assert!(missing.starts_with("HTTP/1.1 401"), "{missing}");
    let scraped = ask(&metrics, "GET /metrics HTTP/1.1", "");
    assert!(scraped.starts_with("HTTP/1.1 200"), "{scraped}");
    let counted = "latchkey_requests_total{route=\"authorize\",code=\"API_KEY_MISSING\"} 1\n";
    assert!(scraped.contains(counted), "{scraped}");
    for path in ["/readyz", "/v1/authorize", "/login"] {
        let answer = ask(&metrics, &format!("GET {path} HTTP/1.1"), "");
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    let page = ask(&console, "GET /metrics HTTP/1.1", "");
    assert!(page.starts_with("HTTP/1.1 303"), "{page}");
    let (status, _) = server.stop();
    assert!(status.success(), "{:#?}", server.log());
}

#[test]
fn without_an_address_there_are_no_metrics() {
    let mut server = Server::start(&[("LATCHKEY_METRICS_ADDR", "")]);
    assert!(server.stop().0.success());
    assert!(
        !server.log().iter().any(|line| line.contains("metrics")),
        "{:#?}",
        server.log()
    );
}
