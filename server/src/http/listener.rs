//! Accepts connections, and serves HTTP on them.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tower::Service as _;

use super::arrival::Arrival;
use super::connection::{Close, Connection};
use super::connections::{ConnectionSlot, Connections, LOOK_INTERVAL};
use super::refusal_stream::RefusalStream;
use super::request_head::{self, MAX_HEAD_SIZE};
use super::verifier_routes::VerifierRoutes;
use super::{console_runtime, health};

pub use super::connections::ConnectionLimits;

/// How long a client may leave an answer unread.
#[cfg(target_os = "linux")]
const UNREAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait after the system failed to accept a connection, most likely because no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The routers that answer the requests of a listener.
#[derive(Clone, Debug)]
pub enum Routes {
    /// One router, on the runtime that serves the connections.
    One(Router),
    /// Those of a verifier that has its own address, also on that runtime.
    Verifier(VerifierRoutes),
    /// The verifier and the health checks on the runtime that serves the connections, and everything else on the console's runtime.
    Shared {
        verifier: VerifierRoutes,
        console: Router,
        runtime: Handle,
    },
}

/// Serves the routes until the sender of `stopped` is dropped, and then until the open requests have ended.
pub async fn serve(listener: TcpListener, routes: Routes, limits: ConnectionLimits, mut stopped: watch::Receiver<()>) {
    let mut server = http1::Builder::new();
    // hyper's own limit on the time for a head sets and removes a timer for each request. `close_waiting` takes its place.
    server.max_header_size(MAX_HEAD_SIZE).max_buf_size(MAX_HEAD_SIZE);
    let routes = Arc::new(routes);
    let connections = Arc::new(Connections::new(limits));
    let mut looks = interval(LOOK_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Every connection holds a sender, so the receiver ends when the last connection has closed.
    let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = looks.tick() => {
                connections.close_waiting();
                continue;
            }
            // `changed` fails when the sender is dropped, which means that the server stops.
            _ = stopped.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                handle_accept_error(&error, &connections).await;
                continue;
            }
        };
        let Some(slot) = connections.admit(peer) else {
            continue;
        };
        set_tcp_nodelay(&stream);
        set_tcp_user_timeout(&stream);
        tokio::spawn(serve_connection(
            server.clone(),
            stream,
            slot,
            Arc::clone(&routes),
            open.clone(),
        ));
    }
    drop((listener, open));
    connections.close_all();
    let _ = all_closed.recv().await;
}

/// Serves one connection until it closes.
async fn serve_connection(
    server: http1::Builder,
    stream: TcpStream,
    slot: ConnectionSlot,
    routes: Arc<Routes>,
    _open: mpsc::Sender<Infallible>,
) {
    let connection = slot.connection();
    let service = service_fn(|request| answer(&routes, request, connection));
    let stream = RefusalStream::new(stream, Arc::clone(connection));
    let mut http = pin!(server.serve_connection(TokioIo::new(stream), service));
    let outcome = tokio::select! {
        biased;
        outcome = http.as_mut() => outcome,
        close = connection.wait_for_close() => match close {
            Close::AfterRequest => {
                http.as_mut().graceful_shutdown();
                http.await
            }
            Close::AtOnce => return,
        },
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The body of an answer: of the verifier in memory, or of a router.
type AnswerBody = Either<Full<Bytes>, Body>;

/// Answers the verifier's requests and health checks on this runtime, and the console's requests on the console's runtime.
async fn answer(
    served: &Routes,
    mut request: Request<Incoming>,
    connection: &Arc<Connection>,
) -> Result<Response<AnswerBody>, Infallible> {
    let arrival = Arrival {
        peer: connection.peer(),
        at: Instant::now(),
    };
    connection.begin_request(arrival.at);
    if let Some(refusal) = request_head::refuse_bad_head(&request) {
        return Ok(refusal.map(Either::Right));
    }
    let path = request.uri().path();
    let verifier = match served {
        Routes::Verifier(verifier) => Some(verifier),
        Routes::Shared { verifier, .. } if request_head::is_verifier_path(path) || health::is_health_path(path) => {
            Some(verifier)
        }
        Routes::One(_) | Routes::Shared { .. } => None,
    };
    if let Some(handler) = verifier.and_then(|verifier| verifier.direct(&request)) {
        return Ok(handler.answer(arrival, request).await.map(Either::Left));
    }
    let is_verifiers = verifier.is_some();
    request.extensions_mut().insert(arrival);
    // Boxed, so that the verifier's two requests need not make room for the futures of routers.
    let answer = match served {
        Routes::One(router) => Box::pin(answer_here(router.clone(), request)).await,
        Routes::Verifier(verifier) => Box::pin(answer_here(verifier.router(), request)).await,
        Routes::Shared { verifier, .. } if is_verifiers => Box::pin(answer_here(verifier.router(), request)).await,
        Routes::Shared { console, runtime, .. } => {
            let work = Some(connection.begin_console_work());
            Box::pin(console_runtime::answer_on(runtime, console.clone(), request, work)).await
        }
    };
    Ok(answer.map(Either::Right))
}

async fn answer_here(mut router: Router, request: Request<Incoming>) -> Response<Body> {
    let Ok(answer) = router.call(request.map(Body::new)).await;
    answer
}

/// Sets `TCP_NODELAY`. Pages are sent in several writes, and without this option each would wait for the client's delayed ACK.
fn set_tcp_nodelay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
}

/// Makes the system close a connection whose client does not read the answer (RFC 5482).
#[cfg(target_os = "linux")]
fn set_tcp_user_timeout(stream: &TcpStream) {
    let limit = u32::try_from(UNREAD_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, limit) {
        tracing::debug!(%error, "cannot set TCP_USER_TIMEOUT");
    }
}

/// Does nothing, since other systems have no `TCP_USER_TIMEOUT`.
#[cfg(not(target_os = "linux"))]
const fn set_tcp_user_timeout(_: &TcpStream) {}

async fn handle_accept_error(error: &std::io::Error, connections: &Connections) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // The client has already closed the connection.
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "cannot accept connections");
    connections.close_one();
    tokio::time::sleep(ACCEPT_PAUSE).await;
}
