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
use leptos::server_fn::response::browser::BrowserResponse;

/// The header, and the field of plain forms, by which a page says whose it is.
pub const HEADER: &str = "latchkey-person";
pub const FIELD: &str = "person";

/// By which header the server says that the session is another person's: with that person's e-mail address, percent-encoded.
pub const OTHER: &str = "latchkey-other-person";

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
    static FOUND: Cell<Option<RwSignal<Option<String>>>> = const { Cell::new(None) };
}

/// The e-mail address of the person to whom the session belongs by now, once it is another one's.
pub(crate) fn watch() -> RwSignal<Option<String>> {
    let found = RwSignal::new(None);
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
        if let Some(email) = response.generate_headers().get(OTHER) {
            let email = email.to_str().unwrap_or_default();
            let email = js_sys::decode_uri_component(email).map_or_else(|_| email.to_owned(), String::from);
            if let Some(found) = FOUND.get() {
                found.try_set(Some(email));
            }
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
