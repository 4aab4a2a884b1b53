//! The table of customers.

use leptos::prelude::*;
use model::customer::{CustomerList, CustomerName, CustomerRow, CustomerStatus, CustomerUses};
use model::id::CustomerId;
use model::key_list::Matching;
use model::time::Timestamp;

use super::address::CustomerQuery;
use crate::ui::badge::badge;
use crate::ui::copy::copy_icon;
use crate::ui::list::Pager;
use crate::ui::number::grouped;
use crate::ui::table::{Rows, TableHead, cell, table, titled_cell};
use crate::ui::time::Ago;

pub(super) const COLUMNS: &[&str] = &["Name", "External ID", "Keys", "Requests in 24 h", "Last Used", "Status"];

#[component]
pub(super) fn Table(loaded: Memo<Option<CustomerList>>, query: Memo<CustomerQuery>) -> impl IntoView {
    let rows = Signal::derive(move || {
        let list = loaded.get();
        list.map(|list| list.rows.into_iter().map(|row| (row, list.now)).collect())
            .unwrap_or_default()
    });
    let content = view! {
        <TableHead columns=COLUMNS/>
        <Rows rows key=|(row, _): &(CustomerRow, Timestamp)| row.called.id.clone() draw=|(row, now)| draw_row(row, now)/>
    };
    let pages = move || {
        let query = query.get();
        let first = (!query.after.is_empty()).then(|| query.page(String::new()));
        let next = loaded.get().and_then(|list| list.next).map(|after| query.page(after));
        view! { <Pager first next words=("First page", "Next page")/> }
    };
    table("table table--cards", "Customers", content, pages)
}

fn draw_row(row: CustomerRow, now: Timestamp) -> AnyView {
    let CustomerRow { called, status, uses } = row;
    let CustomerName { id, external_id, name } = called;
    let last_used = match uses.last_used_at {
        Some(at) => view! { <Ago at now/> }.into_any(),
        None => view! { <span class="dim">"Never"</span> }.into_any(),
    };
    let called = view! {
        <a href=format!("/customers/{id}") dir="auto">
            {name.clone()}
        </a>
        <span class="sub mono">{id.to_string()} {copy_icon(id.as_str())}</span>
    };
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", name.clone(), called)}
            {titled_cell("External ID", "mono", external_id.clone(), view! { {external_id.clone()} {copy_icon(external_id)} })}
            {cell("Keys", "", keys(&id, &name, uses))}
            {cell("Requests in 24 h", "num", grouped(uses.requests_24h))}
            {cell("Last Used", "", last_used)}
            {cell("Status", "", status_badge(status, None))}
        </tr>
    }
    .into_any()
}

/// The status of a customer, and below it since when.
pub(super) fn status_badge(status: CustomerStatus, below: Option<AnyView>) -> AnyView {
    badge(status.slug(), status.title(), below)
}

/// How many of its keys are active, and how many there are, with a link to them.
fn keys(id: &CustomerId, name: &str, uses: CustomerUses) -> AnyView {
    if uses.keys == Matching::Exactly(0) {
        return view! { <span class="dim num">"0"</span> }.into_any();
    }
    let (active, all) = (counted(uses.active_keys), counted(uses.keys));
    view! {
        <a class="quiet-link num" href=keys_link(id)>
            <span aria-hidden="true">{format!("{active} / {all}")}</span>
            <span class="vh">{format!("{active} active of {all} keys of {name}")}</span>
        </a>
    }
    .into_any()
}

/// A count that stops somewhere, such as `1,000+`.
pub(super) fn counted(count: Matching) -> String {
    match count {
        Matching::Exactly(count) => grouped(count),
        Matching::MoreThan(count) => format!("{}+", grouped(count)),
    }
}

/// The URL of the list of a customer's keys in all environments.
pub(super) fn keys_link(id: &CustomerId) -> String {
    format!("/keys?environment=&customer={id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_stopped_says_so() {
        assert_eq!(counted(Matching::Exactly(1_000)), "1,000");
        assert_eq!(counted(Matching::MoreThan(1_000)), "1,000+");
    }
}
