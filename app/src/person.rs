//! Whose page this is. A browser keeps one session, and a tab may still show the page of somebody who was logged in before:
//! what is done there is refused, and the tab says so.

use std::cell::Cell;

use futures_util::{Sink, Stream};
use leptos::prelude::*;
use leptos::server_fn::Bytes;
use leptos::server_fn::client::Client as ServerFnClient;
use leptos::server_fn::client::browser::BrowserClient;
use leptos::server_fn::error::FromServerFnError;
use leptos::server_fn::request::browser::BrowserRequest;
use leptos::server_fn::response::ClientRes;
use leptos::server_fn::response::browser::BrowserResponse;

/// The header, and the field of plain forms, by which a page says whose it is.
pub const HEADER: &str = "latchkey-person";
pub const FIELD: &str = "person";

/// What the server answers where the session is another person's: the header above is a condition that does not hold
/// (RFC 9110, section 15.5.13). Nothing else answers with it.
pub const OTHER_PERSON: u16 = 412;

/// The ID of the person whose page this is.
#[cfg(feature = "ssr")]
pub(crate) fn shown() -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let caller = parts.extensions.get::<crate::server_fns::context::Caller>()?;
    caller.who.as_ref().map(|who| who.user_id.to_string())
}

/// The ID of the person whose page this is: an attribute of the page, see `shell.rs`.
#[cfg(not(feature = "ssr"))]
pub(crate) fn shown() -> Option<String> {
    document().document_element()?.get_attribute("data-person")
}

/// The field by which a plain form says whose page it stands on.
#[component]
pub(crate) fn PersonField() -> impl IntoView {
    view! { <input type="hidden" name=FIELD value=shown()/> }
}

thread_local! {
    static FOUND: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// Whether the session belongs to another person by now.
pub(crate) fn watch() -> RwSignal<bool> {
    let found = RwSignal::new(false);
    // In the browser only.
    Effect::new(move |_| FOUND.set(Some(found)));
    found
}

/// What every server function is called by: it says whose page asks, and notes it where the server says that the session is
/// another person's.
#[derive(Debug)]
pub struct Client;

impl<Error, Input, Output> ServerFnClient<Error, Input, Output> for Client
where
    Error: FromServerFnError,
    Input: FromServerFnError,
    Output: FromServerFnError,
{
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    async fn send(request: BrowserRequest) -> Result<BrowserResponse, Error> {
        if let Some(person) = shown() {
            request.headers().set(HEADER, &person);
        }
        let response = <BrowserClient as ServerFnClient<Error, Input, Output>>::send(request).await?;
        if ClientRes::<Error>::status(&response) == OTHER_PERSON
            && let Some(found) = FOUND.get()
        {
            found.try_set(true);
        }
        Ok(response)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl Sink<Bytes> + Send + 'static,
            ),
            Error,
        >,
    > + Send {
        <BrowserClient as ServerFnClient<Error, Input, Output>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as ServerFnClient<Error, Input, Output>>::spawn(future);
    }
}
