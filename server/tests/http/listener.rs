//! Connections: slow clients, endless heads, and the end of the server.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use server::http::listener::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Served {
    address: std::net::SocketAddr,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "here\n")).route(
        "/slow",
        get(async || {
            tokio::time::sleep(Duration::from_secs(5)).await;
            "late\n"
        }),
    );
    let (stop, stopped) = watch::channel(());
    let task = tokio::spawn(serve(listener, router, stopped));
    Served { address, stop, task }
}

/// Sends something and returns all that comes back until the server closes.
async fn exchange(address: std::net::SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has read enough closes: what it does not read any more may fail to be written.
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
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

#[tokio::test]
async fn an_endless_head_is_refused() {
    let served = served().await;
    let mut head = b"GET / HTTP/1.1\r\nHost: x\r\n".to_vec();
    for index in 0..2_000 {
        head.extend(format!("X-Filler-{index}: {}\r\n", "x".repeat(60)).bytes());
    }
    let answer = exchange(served.address, &head).await;
    // 431 where there was time to say so; the rest of what was sent may have reset the connection first.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_request_that_is_open_ends_before_the_server_does() {
    let served = served().await;
    let request = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let asked = tokio::spawn(exchange(served.address, request));
    // Accepted, and waiting for its answer.
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(served.stop);
    served.task.await.unwrap();
    assert!(asked.await.unwrap().ends_with("late\n"));
    assert!(TcpStream::connect(served.address).await.is_err());
}
