//! Sends a request by whatever HTTP client there is, and reads the whole answer.

use std::future::{Future, poll_fn};
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, Limited};
use tower_service::Service;

/// An error of an HTTP client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) type Asking = Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send>>;

/// The largest answer, in bytes. A decision has two objects of metadata, of 4 KiB each, and a bias profile.
const MAX_ANSWER_SIZE: usize = 64 * 1024;

/// An HTTP client of any type.
pub(crate) trait Ask: Send + Sync {
    fn ask(&self, request: Request<Full<Bytes>>) -> Asking;
}

/// An HTTP client that is a tower service.
pub(crate) struct ServiceClient<S>(pub(crate) S);

impl<S, B> Ask for ServiceClient<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn ask(&self, request: Request<Full<Bytes>>) -> Asking {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(Into::into)?;
            let (head, body) = service.call(request).await.map_err(Into::into)?.into_parts();
            let body = Limited::new(body, MAX_ANSWER_SIZE).collect().await?.to_bytes();
            Ok(Response::from_parts(head, body))
        })
    }
}
