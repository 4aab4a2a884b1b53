//! The person of a page: the one that was logged in when the server rendered it. A browser has only one session. When another
//! person logs in, other tabs still show pages of the person before. The server refuses actions there, and the tab says so.

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
use model::error_code::ErrorCode;

/// The name of the header, and of the field in plain forms, that holds the ID of the page's person.
pub const HEADER: &str = "latchkey-person";
pub const FIELD: &str = "person";

/// The ID of the page's person.
#[cfg(feature = "ssr")]
pub(crate) fn shown() -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let caller = parts.extensions.get::<crate::caller::Caller>()?;
    caller.who.as_ref().map(|who| who.user_id.to_string())
}

/// The ID of the page's person, read from an attribute of the page, see `shell.rs`.
#[cfg(not(feature = "ssr"))]
pub(crate) fn shown() -> Option<String> {
    document().document_element()?.get_attribute("data-person")
}

/// The hidden field of plain forms that holds the ID of the page's person.
#[component]
pub(crate) fn PersonField() -> impl IntoView {
    view! { <input type="hidden" name=FIELD value=shown()/> }
}

thread_local! {
    static OTHER_PERSON_SEEN: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// A signal that says whether the session now belongs to another person.
pub(crate) fn watch() -> RwSignal<bool> {
    let found = RwSignal::new(false);
    // Effects run only in the browser.
    Effect::new(move |_| OTHER_PERSON_SEEN.set(Some(found)));
    found
}

/// The client that calls every server function. It sends the ID of the page's person, and it remembers when the server answers
/// that the session belongs to another person.
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
        if ClientRes::<Error>::status(&response) == ErrorCode::OtherPerson.status()
            && let Some(found) = OTHER_PERSON_SEEN.get()
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
