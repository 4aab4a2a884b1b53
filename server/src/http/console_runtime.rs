//! Runs the console's handlers on the console's runtime, for connections that the verifier's runtime serves. The pieces of a
//! long answer are also produced there.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::response::IntoResponse as _;
use axum::{BoxError, Router};
use futures_util::stream::Peekable;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tower::Service as _;

use super::connection::ConsoleWork;

type Piece = Result<Bytes, BoxError>;

/// Answers a request on `runtime`. Dropping the future aborts the work there.
pub(super) async fn answer_on(
    runtime: &Handle,
    router: Router,
    request: Request<Incoming>,
    console_work: Option<ConsoleWork>,
) -> Response<Body> {
    let mut tasks = JoinSet::new();
    tasks.spawn_on(answer(router, request, console_work), runtime);
    match tasks.join_next().await {
        Some(Ok(Ok(response))) => response,
        // The handler panicked, or the runtime is shutting down.
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    console_work: Option<ConsoleWork>,
) -> Result<Response<Body>, Infallible> {
    let response = router.call(request.map(Body::new)).await?;
    let (parts, body) = response.into_parts();
    if body.is_end_stream() {
        return Ok(Response::from_parts(parts, body));
    }
    let exact = body.size_hint().exact();
    let mut pieces = body.into_data_stream().peekable();
    let Some(first) = pieces.next().await else {
        return Ok(Response::from_parts(parts, Body::empty()));
    };
    // A page is one piece, and needs no task and no channel.
    let complete = exact == first.as_ref().ok().map(|first| first.len() as u64) || has_ended(&mut pieces);
    let body = match first {
        Ok(first) if complete => Body::from(first),
        first => forward(first, pieces, console_work),
    };
    Ok(Response::from_parts(parts, body))
}

/// Whether the body is already known to have no further pieces.
fn has_ended(pieces: &mut Peekable<BodyDataStream>) -> bool {
    matches!(Pin::new(pieces).peek().now_or_never(), Some(None))
}

/// A body whose pieces are produced on this runtime, one ahead of the reader.
fn forward(
    first: Result<Bytes, axum::Error>,
    pieces: Peekable<BodyDataStream>,
    console_work: Option<ConsoleWork>,
) -> Body {
    let (sender, receiver) = mpsc::channel::<Piece>(1);
    tokio::spawn(async move {
        let _console_work = console_work;
        let mut pieces = pieces;
        let mut next = Some(first);
        while let Some(piece) = next {
            let failed = piece.is_err();
            if sender.send(piece.map_err(BoxError::from)).await.is_err() || failed {
                return;
            }
            next = tokio::select! {
                next = pieces.next() => next,
                // The reader has stopped reading.
                () = sender.closed() => return,
            };
        }
    });
    Body::from_stream(Pieces(receiver))
}

/// The reading end of the channel as a stream.
struct Pieces(mpsc::Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}
