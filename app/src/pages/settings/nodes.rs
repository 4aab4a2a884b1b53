//! Settings → Nodes: the servers that share the database, and how far each is in the change log.

use std::time::Duration;

use leptos::prelude::*;
use model::node_list::{NodeList, NodeRow, Standing};
use model::time::Timestamp;

use super::TabHead;
use super::tab_content::TabContent;
use crate::server_fns::nodes::list_nodes;
use crate::shared::Shared;
use crate::ui::badge::tag;
use crate::ui::copy::copy_icon;
use crate::ui::number::grouped;
use crate::ui::table::{Rows, TableHead, cell, table, titled_cell};
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["Name", "Version", "Started", "Change", "Behind", "Last heard", "State"];

/// How often the list is loaded again. No change tells that a node has fallen silent.
const AGAIN: Duration = Duration::from_secs(2);

#[component]
pub(super) fn Nodes() -> impl IntoView {
    let shared = Shared::of_context();
    let tick = RwSignal::new(0_u32);
    let list = Resource::new(move || (tick.get(), shared.version.get()), |_| list_nodes());
    Effect::new(move |_| {
        let next = move || {
            tick.try_update(|tick| *tick = tick.wrapping_add(1));
        };
        if let Ok(timer) = set_interval_with_handle(next, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
    view! { <TabContent list what="nodes" whole="The nodes" columns=COLUMNS draw=nodes/> }
}

fn nodes(loaded: Memo<Option<NodeList>>) -> AnyView {
    let rows = Signal::derive(move || {
        let list = loaded.get();
        list.map(|NodeList { nodes, now }| nodes.into_iter().map(|node| (node, now)).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let content = view! {
        <TableHead columns=COLUMNS/>
        <Rows
            rows
            key=|(node, _): &(NodeRow, Timestamp)| node.id.clone()
            draw=|(node, now)| view! { <Row node now/> }.into_any()
        />
    };
    view! {
        <TabHead
            title="Nodes"
            text="The servers that share this database. A silent one may answer from memory until its stale limit."
        />
        {table("table table--cards nodes", "Nodes", content, ())}
    }
    .into_any()
}

#[component]
fn Row(node: NodeRow, now: Timestamp) -> impl IntoView {
    let title = format!("{}\n{}", node.name, node.id);
    let name = view! {
        {node.name}
        {node.here.then(|| view! { " " {tag("this one")} })}
        <span class="sub mono">{node.id.to_string()} {copy_icon(node.id.as_str())}</span>
    };
    let stopped = node.standing == Standing::Stopped;
    let behind = if stopped {
        "–".to_owned()
    } else {
        grouped(node.behind.unsigned_abs())
    };
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", title, name)}
            {cell("Version", "", if node.version.is_empty() { "–".to_owned() } else { node.version })}
            {cell("Started", "", view! { <span class="nowrap"><Ago at=node.started_at now/></span> })}
            {cell("Change", "num", grouped(node.applied.unsigned_abs()))}
            {cell("Behind", if stopped || node.behind == 0 { "num dim" } else { "num" }, behind)}
            {cell("Last heard", "", view! { <span class="nowrap"><Ago at=node.last_heard_at now/></span> })}
            {cell("State", "", state(node.standing))}
        </tr>
    }
}

fn state(standing: Standing) -> AnyView {
    let slug = match standing {
        Standing::InStep => "active",
        Standing::Behind => "provisioning",
        Standing::Silent { .. } => "failed",
        Standing::Stopped => "inactive",
    };
    view! {
        <span class=format!("status status--{slug}")>
            {standing.words()}
        </span>
    }
    .into_any()
}
