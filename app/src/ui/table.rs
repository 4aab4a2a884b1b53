//! Tables: their heads, rows that follow their data, cells, and the placeholder while they load.
//!
//! Roles are written explicitly, since narrow screens show rows as cards, and the CSS property `display` removes the native roles.
//! On a card, a cell shows the name of its column.

use std::hash::Hash;

use leptos::prelude::*;

/// A table in its frame. Below it, the frame has the links to other pages.
pub(crate) fn table(class: &'static str, label: &'static str, content: impl IntoAny, pager: impl IntoAny) -> AnyView {
    framed(class, label, content.into_any(), pager.into_any())
}

fn framed(class: &'static str, label: &'static str, content: AnyView, pager: AnyView) -> AnyView {
    view! {
        <div class="table-card">
            <table class=class role="table" aria-label=label>
                {content}
            </table>
            {pager}
        </div>
    }
    .into_any()
}

/// A cell. If `class` is empty, it has no class.
pub(crate) fn cell(column: &'static str, class: &'static str, content: impl IntoAny) -> AnyView {
    draw_cell(column, class, None, content.into_any())
}

/// A cell whose content may be cut off. Its `title` attribute has the whole text.
pub(crate) fn titled_cell(
    column: &'static str,
    class: &'static str,
    title: impl Into<Option<String>>,
    content: impl IntoAny,
) -> AnyView {
    draw_cell(column, class, title.into(), content.into_any())
}

/// The cell with the actions on the row.
pub(crate) fn actions_cell(actions: impl IntoAny) -> AnyView {
    let actions = actions.into_any();
    let actions = view! { <div class="actions">{actions}</div> };
    cell("Actions", "cell-actions", actions)
}

fn draw_cell(column: &'static str, class: &'static str, title: Option<String>, content: AnyView) -> AnyView {
    if class.is_empty() {
        return view! {
            <td role="cell" data-label=column title=title>
                {content}
            </td>
        }
        .into_any();
    }
    view! {
        <td role="cell" class=class data-label=column title=title>
            {content}
        </td>
    }
    .into_any()
}

/// The names of the columns. The name of the column Actions is for screen readers only.
#[component]
pub(crate) fn TableHead(
    columns: &'static [&'static str],
    /// Whether the name of the column Actions is visible.
    #[prop(optional)]
    named_actions: bool,
) -> impl IntoView {
    let head = |column: &'static str| {
        let (class, name) = match column {
            "Actions" if named_actions => (Some("cell-actions"), column.into_any()),
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

/// Rows that follow their data: changes by other people appear in them, and the focus stays.
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
                    // After its data are deleted, a row shows its last data until it is removed.
                    let row = Memo::new(move |_| {
                        rows.read().iter().find(|row| key(row) == its).cloned().unwrap_or_else(|| first.clone())
                    });
                    move || draw(row.get())
                }
            />
        </tbody>
    }
}

/// The placeholder of a table that is loading.
#[component]
pub(crate) fn LoadingTable(
    /// The word for the rows, such as "users" in "Loading users".
    what: &'static str,
    /// The name of the table, if it is not that word.
    #[prop(optional)]
    label: Option<&'static str>,
    columns: &'static [&'static str],
) -> impl IntoView {
    let head = view! { <TableHead columns/> };
    loading_table(
        "table table--cards",
        what,
        label.unwrap_or(what),
        head,
        loading_rows(columns, 3),
    )
}

/// A table that is loading: its head, and rows of [`loading_rows`].
pub(crate) fn loading_table(
    class: &'static str,
    what: &'static str,
    label: &'static str,
    head: impl IntoAny,
    rows: AnyView,
) -> AnyView {
    let head = head.into_any();
    view! {
        <p class="vh" role="status">
            {format!("Loading {what}")}
        </p>
        <div class="table-card" aria-busy="true">
            <table class=class role="table" aria-label=label>
                {head}
                {rows}
            </table>
        </div>
    }
    .into_any()
}

pub(crate) fn loading_rows(columns: &'static [&'static str], count: usize) -> AnyView {
    let bone = |column: &&'static str| cell(column, "", view! { <span><span class="bone"></span></span> });
    let row = |_| view! { <tr role="row">{columns.iter().map(bone).collect_view()}</tr> };
    view! { <tbody role="rowgroup">{(0..count).map(row).collect_view()}</tbody> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_its_column_and_has_only_the_attributes_it_needs() {
        let html = cell("Role", "", "Admin").to_html();
        assert!(
            html.contains("data-label=\"Role\"") && html.contains("role=\"cell\""),
            "{html}"
        );
        assert!(!html.contains("class") && !html.contains("title"), "{html}");
        let html = titled_cell("Name", "cell-name", "Ada".to_owned(), "Ada").to_html();
        assert!(
            html.contains("class=\"cell-name\"") && html.contains("title=\"Ada\""),
            "{html}"
        );
    }
}
