//! The table of bias profiles.

use leptos::prelude::*;
use model::list::ListQuery;
use model::profile::{ProfileList, ProfileRow};
use model::time::Timestamp;

use super::PATH;
use super::bands::Mix;
use super::used_by::keys_link;
use crate::ui::action::IconLink;
use crate::ui::icon::IconKind;
use crate::ui::list::{ListPager, over_list};
use crate::ui::number::grouped;
use crate::ui::table::{TableHead, actions_cell, cell, table, titled_cell};
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["Name", "Version", "Categories", "Keys", "Actions"];
/// The columns for people who may not change the profiles.
pub(super) const READ_COLUMNS: &[&str] = &["Name", "Version", "Categories", "Keys"];
/// How many characters of a description a row shows.
const SHORT: usize = 80;

#[component]
pub(super) fn Table(loaded: Memo<Option<ProfileList>>, may_change: bool, query: Memo<ListQuery>) -> impl IntoView {
    let next = Signal::derive(move || loaded.read().as_ref().and_then(|list| list.paging.next.clone()));
    let rows = move || loaded.get().map(|list| list.rows).unwrap_or_default();
    let content = view! {
        <TableHead columns=if may_change { COLUMNS } else { READ_COLUMNS } named_actions=true/>
        <tbody role="rowgroup">
            <For each=rows key=|row| row.id.clone() let:row>
                <LiveRow first=row loaded may_change/>
            </For>
        </tbody>
    };
    table(
        "table table--cards",
        "Bias Profiles",
        content,
        view! { <ListPager path=PATH query next/> },
    )
}

/// A row that follows its profile: changes by other people appear in it, and the focus stays.
#[component]
fn LiveRow(first: ProfileRow, loaded: Memo<Option<ProfileList>>, may_change: bool) -> impl IntoView {
    let id = first.id.clone();
    let row = Memo::new(move |_| {
        let list = loaded.get()?;
        let row = list.rows.into_iter().find(|row| row.id == id)?;
        Some((row, list.now))
    });
    move || {
        // After its profile is deleted, a row shows its last data until it is removed.
        let (row, now) = row.get().unwrap_or_else(|| (first.clone(), first.version.created_at));
        view! { <Row row now may_change/> }
    }
}

#[component]
fn Row(row: ProfileRow, now: Timestamp, may_change: bool) -> impl IntoView {
    let ProfileRow { id, version, keys } = row;
    let content = version.content;
    let name = content.name;
    let about = match short(&content.description) {
        about if about.is_empty() => format!("version {}", version.number),
        about => about,
    };
    let on = content.settings.iter().filter(|setting| setting.on).count();
    let keys = if keys == 0 {
        view! { <span class="dim num">"0"</span> }.into_any()
    } else {
        view! {
            <a class="quiet-link num" href=keys_link(&id)>
                {grouped(keys)}
            </a>
        }
        .into_any()
    };
    let link = |verb: &'static str, path: &str, icon: IconKind, danger| {
        let href = over_list(format!("/profiles/{id}/{path}"));
        view! { <IconLink icon href tip=verb name=format!("{verb} {name}") danger/> }
    };
    let actions = may_change.then(|| {
        actions_cell(view! {
            {link("Edit", "edit", IconKind::Pencil, false)}
            {link("Delete", "delete", IconKind::Trash, true)}
        })
    });
    let called = view! {
        <a href=format!("/profiles/{id}")>{name.clone()}</a>
        <span class="sub">{about}</span>
    };
    let newest = view! {
        <span>
            <span class="num">{version.number.to_string()}</span>
            <span class="sub">
                <Ago at=version.created_at now/>
                {format!(" · {}", version.author)}
            </span>
        </span>
    };
    let categories = view! {
        <span class="mixed">
            <span class="num">{format!("{on} of {}", content.settings.len())}</span>
            <Mix settings=content.settings/>
        </span>
    };
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", name.clone(), called)}
            {cell("Version", "", newest)}
            {cell("Categories", "", categories)}
            {cell("Keys", "", keys)}
            {actions}
        </tr>
    }
}

/// The first line of a description, cut to [`SHORT`].
fn short(description: &str) -> String {
    let line = description.lines().next().unwrap_or_default();
    if line.chars().count() <= SHORT {
        return line.to_owned();
    }
    let start: String = line.chars().take(SHORT).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_description_is_cut_at_a_whole_character() {
        assert_eq!(short(""), "");
        assert_eq!(short("For the shop.\nAnd more."), "For the shop.");
        assert_eq!(short(&"é".repeat(SHORT)), "é".repeat(SHORT));
        assert_eq!(short(&"é".repeat(SHORT + 1)), format!("{}…", "é".repeat(SHORT)));
    }
}
