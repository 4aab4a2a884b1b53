//! Tables: their head, rows that follow what they show, and what is there until they are loaded.

use std::hash::Hash;

use leptos::prelude::*;

/// The names of the columns. The last one holds what can be done, which is seen without its name.
#[component]
pub(crate) fn TableHead(columns: &'static [&'static str]) -> impl IntoView {
    let head = |column: &'static str| {
        let (class, name) = match column {
            "Actions" => (
                Some("cell-actions"),
                view! { <span class="vh">{column}</span> }.into_any(),
            ),
            _ => (None, column.into_any()),
        };
        view! {
            <th role="columnheader" scope="col" class=class>
                {name}
            </th>
        }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row">{columns.iter().copied().map(head).collect_view()}</tr>
        </thead>
    }
}

/// Rows that follow what they show: what others change appears in them, and what has the focus keeps it.
#[component]
pub(crate) fn Rows<T, K>(#[prop(into)] rows: Signal<Vec<T>>, key: fn(&T) -> K, draw: fn(T) -> AnyView) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    view! {
        <tbody role="rowgroup">
            <For
                each=move || rows.get()
                key=key
                children=move |first| {
                    let its = key(&first);
                    // Between losing what it shows and going away itself, a row shows what it showed.
                    let row = Memo::new(move |_| {
                        rows.read().iter().find(|row| key(row) == its).cloned().unwrap_or_else(|| first.clone())
                    });
                    move || draw(row.get())
                }
            />
        </tbody>
    }
}

/// Until a table is loaded.
#[component]
pub(crate) fn Bones(
    /// As in "Loading users".
    what: &'static str,
    columns: &'static [&'static str],
) -> impl IntoView {
    let bones = || {
        columns
            .iter()
            .map(|column| {
                view! {
                    <td role="cell" data-label=*column>
                        <span>
                            <span class="bone"></span>
                        </span>
                    </td>
                }
            })
            .collect_view()
    };
    view! {
        <p class="vh" role="status">
            {format!("Loading {what}")}
        </p>
        <div class="table-card" aria-busy="true">
            <table class="table table--cards" role="table" aria-label=what>
                <TableHead columns/>
                <tbody role="rowgroup">
                    {(0..3).map(|_| view! { <tr role="row">{bones()}</tr> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}
