//! Server functions of the audit log.

use leptos::prelude::*;
use model::audit::{AuditPage, AuditQuery, ChainCheck};

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{map, person, services};

/// One page of the log.
#[server(endpoint = "audit/list", protocol = JsonPost, client = Client)]
pub async fn list_audit(query: AuditQuery) -> Result<AuditPage, AppError> {
    let person = person()?;
    services()?.audit.list(&person.actor, &query).await.map_err(map)
}

/// Checks the whole chain.
#[server(endpoint = "audit/check", protocol = JsonPost, client = Client)]
pub async fn check_audit_chain() -> Result<ChainCheck, AppError> {
    let person = person()?;
    services()?.audit.check_chain(&person.actor).await.map_err(map)
}
