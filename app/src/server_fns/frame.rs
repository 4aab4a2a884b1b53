//! The frame of every screen.

use leptos::prelude::*;
use model::key::Frame;

use crate::error::AppError;
use crate::person::Client;

/// The person who is logged in, the environments to choose from, and the number of nodes.
#[server(endpoint = "frame", client = Client)]
pub async fn load_frame() -> Result<Frame, AppError> {
    use super::context::{backend, chosen_environment, map, person};
    let person = person()?;
    let backend = backend()?;
    let environment = chosen_environment(None, person.environment).await?;
    Ok(Frame {
        environments: backend.environments().await.map_err(map)?,
        nodes: backend.live_nodes().await.map_err(map)?,
        change: *backend.watch_changes().borrow(),
        environment,
        origin: person.origin,
        me: person.who.me,
    })
}
