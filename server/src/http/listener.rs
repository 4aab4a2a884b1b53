//! Accepting connections, and cutting off those that are too slow.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::Service as _;

/// How long the head of a request may take, and how long a connection may stand idle between two. A gateway's own limit
/// for idle connections has to be shorter, or it may send a request just as we close.
const HEAD: Duration = Duration::from_secs(30);
/// How long the other side may leave an answer unread.
#[cfg(target_os = "linux")]
const UNREAD: Duration = Duration::from_secs(30);
/// The largest head of a request, in bytes.
const HEAD_SIZE: usize = 64 * 1024;
/// How long nothing is accepted after the system refused: it is out of file descriptors, most likely.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves the routes until told to stop (the sender is dropped), and then until open requests have ended.
pub async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<()>) {
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_SIZE);
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Ends with an error when the sender is dropped, which is the sign to stop.
            _ = stopped.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                not_accepted(&error).await;
                continue;
            }
        };
        without_delay(&stream);
        without_patience(&stream);
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), request, peer));
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}

async fn answer(
    mut router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<http::Response<Body>, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.call(request.map(Body::new)).await
}

/// Pages go out in several writes: without this each would wait for the other side's delayed ACK.
fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
}

/// Has the system close a connection whose other side takes nothing of an answer (RFC 5482).
#[cfg(target_os = "linux")]
fn without_patience(stream: &TcpStream) {
    let limit = u32::try_from(UNREAD.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, limit) {
        tracing::debug!(%error, "cannot set TCP_USER_TIMEOUT");
    }
}

/// Other systems have no such limit.
#[cfg(not(target_os = "linux"))]
const fn without_patience(_: &TcpStream) {}

async fn not_accepted(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // Whoever knocked has gone already.
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "cannot accept connections");
    tokio::time::sleep(PAUSE).await;
}
