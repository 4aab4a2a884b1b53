//! Server functions of nodes.

use leptos::prelude::*;
use model::node_list::NodeList;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{map, person, services};

/// The nodes that share the database.
#[server(endpoint = "nodes/list", protocol = JsonPost, client = Client)]
pub async fn list_nodes() -> Result<NodeList, AppError> {
    let person = person()?;
    services()?.cluster.list_nodes(&person.actor).await.map_err(map)
}
