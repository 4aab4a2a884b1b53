//! A request body whose bytes are kept while the handler reads them, and can be read to the end after the handler has given up.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use hyper::body::{Frame, SizeHint};

use super::FORM_LIMIT;

/// Both the body that the handler reads, and the middleware's hold on it.
#[derive(Clone, Debug)]
pub(super) struct KeptBody(Arc<Mutex<Source>>);

#[derive(Debug)]
struct Source {
    body: Body,
    /// What was read so far. Bytes beyond [`FORM_LIMIT`] are not kept.
    read: Vec<u8>,
}

impl KeptBody {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Source { body, read: Vec::new() })))
    }

    /// The whole body; nothing if it is too long, or breaks off.
    pub(super) async fn read_to_end(self) -> Bytes {
        if to_bytes(Body::new(self.clone()), FORM_LIMIT).await.is_err() {
            return Bytes::new();
        }
        std::mem::take(&mut self.source().read).into()
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for KeptBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut source = self.source();
        let polled = Pin::new(&mut source.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let room = FORM_LIMIT.saturating_sub(source.read.len());
            source.read.extend_from_slice(&data[..data.len().min(room)]);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.source().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.source().body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &'static [u8]) -> KeptBody {
        KeptBody::new(Body::from_stream(futures_util::stream::iter(
            text.chunks(4).map(Ok::<_, std::convert::Infallible>),
        )))
    }

    #[tokio::test]
    async fn what_the_handler_has_read_and_left_is_kept() {
        let kept = body(b"name=Shop&status=active");
        let mut read_by_handler = Body::new(kept.clone());
        let frame = std::future::poll_fn(|context| Pin::new(&mut read_by_handler).poll_frame(context)).await;
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "name");
        drop(read_by_handler);
        assert_eq!(kept.read_to_end().await, "name=Shop&status=active");
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_not_kept() {
        let long: &'static [u8] = Box::leak(vec![b'a'; FORM_LIMIT + 1].into_boxed_slice());
        assert!(body(long).read_to_end().await.is_empty());
    }
}
