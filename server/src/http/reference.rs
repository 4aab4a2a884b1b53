//! The content of the screen "API Reference": the description of the API, with this server's address and the IDs of objects that the
//! person can read.

use std::sync::LazyLock;

use app::caller::Caller;
use app::reference::{Language, Place, Reference, ReferenceContent};
use app::screens::Screen;
use axum::extract::Request;
use backend::Actor;
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId, ServiceAccountId, UserId};
use model::key_list::KeyQuery;
use model::list::{ListQuery, PageSize};

use super::{Console, manage};

/// The content, if this is a request for the screen.
pub(super) fn content<'a>(
    console: &'a Console,
    request: &Request,
) -> impl Future<Output = Option<ReferenceContent>> + use<'a> {
    // The request itself cannot be kept over an await.
    let is_shown = Screen::at(request.uri().path()) == Some(Screen::Reference);
    let caller = request.extensions().get::<Caller>().filter(|_| is_shown).cloned();
    let language = Language::parse(&console.cookies.language(request.headers()));
    async move {
        let caller = caller?;
        let who = caller.who.as_ref()?;
        let mut ids = readable_ids(console, &who.actor(Some(caller.address.clone()))).await;
        ids.push((UserId::PREFIX, who.user_id.to_string()));
        let place = Place {
            origin: &caller.origin,
            ids: &ids,
            language,
        };
        reference().map(|reference| reference.content(&place))
    }
}

/// The content with its placeholders, which is made once in the process.
fn reference() -> Option<&'static Reference> {
    static MADE: LazyLock<Option<Reference>> = LazyLock::new(|| {
        let read = Reference::read(manage::description());
        read.inspect_err(|error| tracing::error!(%error, "the description of the API cannot be read"))
            .ok()
    });
    MADE.as_ref()
}

/// For each kind of object, one that the actor can read. A kind that cannot be read is left out: the page then has the ID of the example.
async fn readable_ids(console: &Console, actor: &Actor) -> Vec<(&'static str, String)> {
    let services = &console.services;
    let (query, size) = (ListQuery::default(), PageSize::SHORT);
    let mut ids = Vec::new();
    // Without an environment, the keys of all.
    let keys = KeyQuery {
        environment: Some(String::new()),
        ..KeyQuery::default()
    };
    if let Ok((keys, _)) = services.keys.list_records(actor, &keys, size).await {
        ids.extend(keys.first().map(|key| (KeyId::PREFIX, key.row.id.to_string())));
    }
    if let Ok(found) = services.environments.summaries(actor, &query, size).await {
        let first = found.environments.first();
        ids.extend(first.map(|environment| (EnvironmentId::PREFIX, environment.id.to_string())));
    }
    if let Ok(found) = services.profiles.page(actor, &query, size).await {
        ids.extend(
            found
                .rows
                .first()
                .map(|profile| (ProfileId::PREFIX, profile.id.to_string())),
        );
    }
    if let Ok(found) = services.customers.list(actor, &query, None).await {
        ids.extend(
            found
                .rows
                .first()
                .map(|customer| (CustomerId::PREFIX, customer.called.id.to_string())),
        );
    }
    if let Ok(found) = services.service_accounts.page(actor, &query, size).await {
        let first = found.accounts.first();
        ids.extend(first.map(|account| (ServiceAccountId::PREFIX, account.id.to_string())));
    }
    ids
}
