//! Connections: slow clients, request heads that are too large, and the end of the server.

use std::net::SocketAddr;
use std::thread::current;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream::unfold;
use server::http::listener::{ConnectionLimits, Routes, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Served {
    address: SocketAddr,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

async fn served() -> Served {
    let router = Router::new().route("/", get(async || "here\n")).route(
        "/slow",
        get(async || {
            tokio::time::sleep(Duration::from_secs(5)).await;
            "late\n"
        }),
    );
    serving(Routes::One(router.fallback(async || "somewhere\n")), 1_000).await
}

async fn serving(routes: Routes, connections: usize) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(());
    let limits = ConnectionLimits {
        all: connections,
        per_address: connections,
        trusted_proxies: [].into(),
    };
    let task = tokio::spawn(serve(listener, routes, limits, stopped));
    Served { address, stop, task }
}

/// Sends bytes and returns the whole answer, until the server closes the connection.
async fn exchange(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close before it has read everything. Then writing fails.
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_head_that_does_not_end_is_cut_off() {
    let served = served().await;
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let answer = exchange(served.address, b"GET / HTTP/1.1\r\nHost: x\r\n").await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        (29..60).contains(&started.elapsed().as_secs()),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_in_use_is_not() {
    let served = served().await;
    tokio::time::pause();
    let answer = exchange(
        served.address,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2);
}

/// A request with a head of the given size in bytes.
fn head_of(size: usize, path: &str) -> Vec<u8> {
    let start = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Filler: ");
    let filler = "x".repeat(size - start.len() - 4);
    format!("{start}{filler}\r\n\r\n").into_bytes()
}

/// The code of a problem in an answer.
fn problem(answer: &str, status: u16) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let head = head.to_lowercase();
    for line in [
        "content-type: application/problem+json",
        "cache-control: no-store",
        "connection: close",
        &format!("content-length: {}", body.len()),
    ] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["status"], status);
    problem["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_head_of_64_kib_is_accepted_and_a_larger_one_is_refused() {
    let served = served().await;
    let largest = exchange(served.address, &head_of(64 * 1024, "/v1/authorize")).await;
    assert!(largest.starts_with("HTTP/1.1 200"), "{largest}");
    for size in [64 * 1024 + 1, 64 * 1024 + 100, 3_000_000] {
        let answer = exchange(served.address, &head_of(size, "/v1/authorize")).await;
        assert_eq!(problem(&answer, 431), "ERR_HEADERS_TOO_LARGE");
        let answer = exchange(served.address, &head_of(size, "/keys")).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        assert!(answer.ends_with("The head of the request is larger than 64 KiB, or it has more than 100 headers.\n"));
    }
}

#[tokio::test]
async fn a_hundred_headers_are_accepted_and_one_more_is_refused() {
    let served = served().await;
    let ask = async |headers: usize| {
        let head = "GET /v1/authorize HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        let head = head.to_owned() + &"X-Filler: x\r\n".repeat(headers - 2);
        exchange(served.address, format!("{head}\r\n").as_bytes()).await
    };
    assert!(ask(100).await.starts_with("HTTP/1.1 200"));
    assert_eq!(problem(&ask(101).await, 431), "ERR_HEADERS_TOO_LARGE");
}

#[tokio::test]
async fn a_target_of_32_kib_is_accepted_and_a_longer_one_is_refused() {
    let served = served().await;
    let ask = async |length: usize| {
        let target = format!("/v1/{}", "x".repeat(length - 4));
        let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        exchange(served.address, head.as_bytes()).await
    };
    assert!(ask(32 * 1024).await.starts_with("HTTP/1.1 200"));
    // With the two largest sizes, the request line alone is larger than a head may be.
    for length in [32 * 1024 + 1, 60_000, 65_536, 1_000_000] {
        assert_eq!(problem(&ask(length).await, 414), "ERR_URI_TOO_LONG");
    }
}

#[tokio::test]
async fn a_request_needs_exactly_one_host() {
    let served = served().await;
    for hosts in ["", "Host: x\r\nHost: x\r\n", "Host: x\r\nX: y\r\nhost: y\r\n"] {
        let ask = async |path: &str| {
            let request = format!("GET {path} HTTP/1.1\r\n{hosts}\r\n");
            exchange(served.address, request.as_bytes()).await
        };
        assert_eq!(problem(&ask("/v1/authorize").await, 400), "ERR_BAD_REQUEST");
        let answer = ask("/").await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(
            answer.ends_with("The request must have exactly one Host header.\n"),
            "{answer}"
        );
    }
    // HTTP/1.0 has no Host header. The health checks of gateways use HTTP/1.0.
    let old = exchange(served.address, b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(old.contains(" 200 OK"), "{old}");
}

#[tokio::test]
async fn a_malformed_head_is_a_problem_under_v1() {
    let served = served().await;
    for head in [
        "GET /v1/authorize HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
        "GET /v1/authorize HTTP/9.1\r\nHost: x\r\n\r\n",
        "GET /v1/auth orize HTTP/1.1\r\nHost: x\r\n\r\n",
        // Here the malformed head follows a request that was answered.
        "POST /v1/keys/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET /v1/ HTTP/1.1\r\n\u{1}\r\n\r\n",
    ] {
        let answer = exchange(served.address, head.as_bytes()).await;
        let last = answer.rfind("HTTP/1.1 400").unwrap();
        assert_eq!(problem(&answer[last..], 400), "ERR_BAD_REQUEST");
    }
    let answer = exchange(served.address, b"GET / HTTP/1.1\r\nNo colon\r\n\r\n").await;
    assert!(answer.contains("\r\ncontent-type: text/plain"), "{answer}");
}

/// A connection that stays open, before a request or after an answer.
struct Held(TcpStream);

impl Held {
    async fn open(served: &Served) -> Self {
        Self(TcpStream::connect(served.address).await.unwrap())
    }

    /// Sends a request on this connection. Returns whether the answer is 200.
    async fn asks(&mut self, path: &str) -> bool {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        if self.0.write_all(request.as_bytes()).await.is_err() {
            return false;
        }
        let mut answer = vec![0; 1024];
        match self.0.read(&mut answer).await {
            Ok(length) => answer[..length].starts_with(b"HTTP/1.1 200"),
            Err(_) => false,
        }
    }

    async fn is_closed(&mut self) -> bool {
        !matches!(self.0.read(&mut [0]).await, Ok(1))
    }
}

#[tokio::test]
async fn idle_connections_that_never_asked_make_room_for_others() {
    let served = serving(Routes::One(Router::new().fallback(async || "here\n")), 20).await;
    let mut gateway = Held::open(&served).await;
    assert!(gateway.asks("/v1/authorize").await);
    let mut strangers = Vec::new();
    for _ in 0..100 {
        strangers.push(Held::open(&served).await);
    }
    // A new connection is served. So is the gateway's connection, which was open before those of the strangers.
    let mut other = Held::open(&served).await;
    assert!(other.asks("/v1/authorize").await);
    assert!(gateway.asks("/v1/authorize").await);
    assert!(strangers[0].is_closed().await);
}

#[tokio::test]
async fn a_new_connection_is_accepted_while_others_wait_for_the_console() {
    let waits = Router::new().fallback(async || std::future::pending::<&str>().await);
    let verifier = Router::new().fallback(async || "allowed\n");
    let shared = Routes::Shared {
        verifier: verifier.into(),
        console: waits,
        runtime: tokio::runtime::Handle::current(),
    };
    let served = serving(shared, 20).await;
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let mut held = Held::open(&served).await;
        let _ = held.0.write_all(b"GET /keys HTTP/1.1\r\nHost: x\r\n\r\n").await;
        waiting.push(held);
    }
    let mut gateway = Held::open(&served).await;
    assert!(gateway.asks("/v1/authorize").await);
    assert!(gateway.asks("/v1/authorize").await);
}

/// A body of three pieces. Each piece is the name of the thread that made it.
async fn three_pieces() -> Body {
    Body::from_stream(unfold(0, |piece| async move {
        tokio::task::yield_now().await;
        let name = Bytes::from(format!("{}\n", current().name().unwrap_or_default()));
        (piece < 3).then_some((Ok::<_, std::io::Error>(name), piece + 1))
    }))
}

#[test]
fn the_verifier_has_its_own_threads() {
    let runtime = |name| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(name)
            .enable_all()
            .build()
            .unwrap()
    };
    let (gateways, console) = (runtime("verifier"), runtime("console"));
    let name = async || current().name().unwrap_or_default().to_owned();
    let shared = Routes::Shared {
        verifier: Router::new().fallback(name).into(),
        console: Router::new().route("/pieces", get(three_pieces)).fallback(name),
        runtime: console.handle().clone(),
    };
    let ask = async |address, path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        exchange(address, request.as_bytes()).await
    };
    let served = gateways.block_on(gateways.spawn(serving(shared, 100))).unwrap();
    gateways.block_on(async {
        for path in ["/v1", "/v1/authorize", "/v1/authorize/api?x", "/healthz", "/readyz"] {
            let answer = ask(served.address, path).await;
            assert!(answer.ends_with("\r\n\r\nverifier"), "{path}: {answer}");
        }
        for path in ["/", "/v10", "/keys/v1/", "/healthz/x", "//v1"] {
            let answer = ask(served.address, path).await;
            assert!(answer.ends_with("\r\n\r\nconsole"), "{path}: {answer}");
        }
        // All pieces of a long answer are made on the console's runtime, too.
        let answer = ask(served.address, "/pieces").await;
        assert_eq!(answer.matches("console\n").count(), 3, "{answer}");
    });
}

#[tokio::test]
async fn work_for_a_client_that_has_left_ends() {
    let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
    // The work holds this sender, which is dropped together with the work.
    let waits = move || {
        let begun = begun.clone();
        async move {
            let _ = begun.send(()).await;
            std::future::pending::<&str>().await
        }
    };
    let shared = Routes::Shared {
        verifier: Router::new().into(),
        console: Router::new().route("/keys", get(waits)),
        runtime: tokio::runtime::Handle::current(),
    };
    let served = serving(shared, 10).await;
    let mut held = Held::open(&served).await;
    held.0
        .write_all(b"GET /keys HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    has_begun.recv().await.unwrap();
    drop(held);
    drop(served.stop);
    served.task.await.unwrap();
    // The router and its work have been dropped.
    assert_eq!(has_begun.recv().await, None);
}

#[tokio::test]
async fn the_server_finishes_an_open_request_before_it_stops() {
    let served = served().await;
    let request = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let asked = tokio::spawn(exchange(served.address, request));
    // The connection is accepted, and waits for its answer.
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(served.stop);
    served.task.await.unwrap();
    assert!(asked.await.unwrap().ends_with("late\n"));
    assert!(TcpStream::connect(served.address).await.is_err());
}
