//! Accepting connections, and serving HTTP on them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tower::Service as _;

pub use super::connections::Bounds;
use super::connections::{Connection, Connections, End, Guest};
use super::head::{self, HEAD_SIZE};
use super::wire::Wire;
use super::{hand_over, health};

/// How long the head of a request may take, and how long a connection may stand idle between two. A gateway's own limit
/// for idle connections has to be shorter, or it may send a request just as we close.
const HEAD: Duration = Duration::from_secs(30);
/// How long the other side may leave an answer unread.
#[cfg(target_os = "linux")]
const UNREAD: Duration = Duration::from_secs(30);
/// How long nothing is accepted after the system refused: it is out of file descriptors, most likely.
const PAUSE: Duration = Duration::from_secs(1);

/// Who answers what comes in on an address.
#[derive(Clone, Debug)]
pub enum Routes {
    /// One router, where the connections are served.
    One(Router),
    /// The verifier and the health checks, where the connections are served; all else on the console's runtime.
    Shared {
        verifier: Router,
        console: Router,
        runtime: Handle,
    },
}

/// Serves the routes until told to stop (the sender is dropped), and then until open requests have ended.
pub async fn serve(listener: TcpListener, routes: Routes, bounds: Bounds, mut stopped: watch::Receiver<()>) {
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(HEAD_SIZE)
        .max_buf_size(HEAD_SIZE);
    let routes = Arc::new(routes);
    let connections = Arc::new(Connections::new(bounds));
    // Every connection holds a sender: there are none left when the receiver has nothing more to wait for.
    let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Ends with an error when the sender is dropped, which is the sign to stop.
            _ = stopped.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                not_accepted(&error, &connections).await;
                continue;
            }
        };
        let Some(guest) = connections.admit(peer) else {
            continue;
        };
        without_delay(&stream);
        without_patience(&stream);
        tokio::spawn(converse(
            server.clone(),
            stream,
            guest,
            Arc::clone(&routes),
            open.clone(),
        ));
    }
    drop((listener, open));
    connections.end_all();
    let _ = all_closed.recv().await;
}

/// Serves one connection until its end.
async fn converse(
    server: http1::Builder,
    stream: TcpStream,
    guest: Guest,
    routes: Arc<Routes>,
    _open: mpsc::Sender<Infallible>,
) {
    let connection = Arc::clone(guest.connection());
    let service = service_fn(|request| answer(&routes, request, &connection));
    let wire = Wire::new(stream, Arc::clone(&connection));
    let mut http = pin!(server.serve_connection(TokioIo::new(wire), service));
    let outcome = tokio::select! {
        biased;
        outcome = http.as_mut() => outcome,
        end = connection.told_to_end() => match end {
            End::AfterRequest => {
                http.as_mut().graceful_shutdown();
                http.await
            }
            End::Now => return,
        },
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Who a request is for.
enum For {
    Nobody(Response<Body>),
    Here(Router, Request<Incoming>),
    Console(Router, Handle, Request<Incoming>),
}

/// Answers in place what costs next to nothing, and has the console's runtime answer the rest.
fn answer(
    who: &Routes,
    mut request: Request<Incoming>,
    connection: &Arc<Connection>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    let peer: SocketAddr = connection.peer();
    request.extensions_mut().insert(ConnectInfo(peer));
    connection.asks();
    let (next, console) = match (head::refuse(&request), who) {
        (Some(refusal), _) => (For::Nobody(refusal), None),
        (None, Routes::One(router)) => (For::Here(router.clone(), request), None),
        (None, Routes::Shared { verifier, .. })
            if head::is_for_verifier(request.uri().path()) || health::is_path(request.uri().path()) =>
        {
            (For::Here(verifier.clone(), request), None)
        }
        (None, Routes::Shared { console, runtime, .. }) => (
            For::Console(console.clone(), runtime.clone(), request),
            Some(connection.asks_console()),
        ),
    };
    async move {
        match next {
            For::Nobody(refusal) => Ok(refusal),
            For::Here(mut router, request) => router.call(request.map(Body::new)).await,
            For::Console(router, runtime, request) => Ok(hand_over::to(&runtime, router, request, console).await),
        }
    }
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

async fn not_accepted(error: &std::io::Error, connections: &Connections) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // Whoever knocked has gone already.
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "cannot accept connections");
    connections.end_one();
    tokio::time::sleep(PAUSE).await;
}
