//! Answers of the console for connections that the verifier's threads serve. All of the work is done by the console's
//! runtime, that of a long answer's pieces, too.

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

use super::connections::AtConsole;

type Piece = Result<Bytes, BoxError>;

/// Has a request answered there. Dropped, it ends the work.
pub(super) async fn to(
    runtime: &Handle,
    router: Router,
    request: Request<Incoming>,
    console: Option<AtConsole>,
) -> Response<Body> {
    let mut work = JoinSet::new();
    work.spawn_on(answer(router, request, console), runtime);
    match work.join_next().await {
        Some(Ok(Ok(response))) => response,
        // It panicked, or the runtime is being shut down.
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    console: Option<AtConsole>,
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
    // Pages are one piece: they need no task and no channel.
    let whole = exact == first.as_ref().ok().map(|first| first.len() as u64) || is_over(&mut pieces);
    let body = match first {
        Ok(first) if whole => Body::from(first),
        first => passed_on(first, pieces, console),
    };
    Ok(Response::from_parts(parts, body))
}

/// Whether there is nothing more to come, as far as that is known at once.
fn is_over(pieces: &mut Peekable<BodyDataStream>) -> bool {
    matches!(Pin::new(pieces).peek().now_or_never(), Some(None))
}

/// A body whose pieces are made here, one ahead of what is read.
fn passed_on(first: Result<Bytes, axum::Error>, pieces: Peekable<BodyDataStream>, console: Option<AtConsole>) -> Body {
    let (sender, receiver) = mpsc::channel::<Piece>(1);
    tokio::spawn(async move {
        let _console = console;
        let mut pieces = pieces;
        let mut next = Some(first);
        while let Some(piece) = next {
            let over = piece.is_err();
            if sender.send(piece.map_err(BoxError::from)).await.is_err() || over {
                return;
            }
            next = tokio::select! {
                next = pieces.next() => next,
                // Nobody reads any more.
                () = sender.closed() => return,
            };
        }
    });
    Body::from_stream(Pieces(receiver))
}

/// The reader's end.
struct Pieces(mpsc::Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}
