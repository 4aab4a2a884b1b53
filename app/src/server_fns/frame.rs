//! Server function of the frame of every screen.

use leptos::prelude::*;
use model::key::Frame;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

/// The person who is logged in, the environments to choose from, and the number of nodes.
#[server(endpoint = "frame", protocol = JsonPost, client = Client)]
pub async fn load_frame() -> Result<Frame, AppError> {
    use super::context::{chosen_environment, map, person, services};
    let person = person()?;
    let services = services()?;
    let environment = chosen_environment(&person.actor, None, person.environment).await?;
    Ok(Frame {
        environments: services
            .environments
            .list_selectable(&person.actor)
            .await
            .map_err(map)?,
        nodes: services.cluster.count_live_nodes().await.map_err(map)?,
        change: *services.cluster.watch_changes().borrow(),
        environment,
        origin: person.origin,
        initials: person.who.me.initials(),
        me: person.who.me,
    })
}
