//! A menu of check boxes and radio buttons that filters the list. If there are too many choices, it shows the chosen ones and a field to
//! search the others.

use leptos::html;
use leptos::prelude::*;
use model::key_list::{Choices, KeyQuery};
use model::suggest::Choice;

use super::address::{to_first_page, to_params, url_with_list_query};
use super::filters::HiddenQueryFields;
use crate::reaction::{ChoiceSearch, Reaction, Reactor};
use crate::ui::button::{Look, submit_button};
use crate::ui::form::{navigate_on_submit, reset_on_redraw};
use crate::ui::icon::IconKind;
use crate::ui::menu::{Menu, hide_menu, menu_content};

/// Some choices of a menu, which are one part of the query.
pub(super) struct Group {
    /// The name of the parameter.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) choices: Choices,
    /// The kind of choices that its search field suggests.
    pub(super) search: Option<Choice>,
    pub(super) chosen: Vec<String>,
    /// Whether only one can be chosen.
    pub(super) is_one: bool,
}

#[component]
pub(super) fn Filter(
    id: &'static str,
    title: &'static str,
    groups: Vec<Group>,
    query: KeyQuery,
    /// Whether the filters were drawn with another query before.
    is_new: bool,
    /// Whether the content of the menus is drawn. When this changes, the filters are drawn again.
    is_drawn: RwSignal<bool>,
) -> impl IntoView {
    let chosen = groups.iter().flat_map(|group| &group.chosen);
    let count = chosen.filter(|value| !value.is_empty()).count();
    let mut cleared = to_params(&query);
    to_first_page(&mut cleared);
    for group in &groups {
        cleared.remove(group.name);
    }
    let without: &'static [&'static str] = match groups.as_slice() {
        [Group { name: "status", .. }] => &["status"],
        [Group { name: "customer", .. }] => &["customer"],
        _ => &["creator", "expiry", "attention", "profile", "endpoint", "tag"],
    };
    let content = menu_content(is_drawn.get_untracked(), move || {
        let is_alone = groups.len() == 1;
        let form = NodeRef::<html::Form>::new();
        reset_on_redraw(form, is_new);
        let navigate = navigate_on_submit();
        let submit = move |event| {
            navigate(event);
            hide_menu(id);
        };
        view! {
            <form method="get" action="/keys" node_ref=form on:submit=submit>
                {groups.into_iter().map(|group| draw_group(group, is_alone)).collect_view()}
                <HiddenQueryFields query without/>
                <div class="popover__foot">
                    <a
                        class=Look::Quiet.class()
                        href=url_with_list_query("/keys", &cleared)
                        on:click=move |_| hide_menu(id)
                    >
                        "Clear"
                    </a>
                    {submit_button(Look::Primary, None, "Apply")}
                </div>
            </form>
        }
        .into_any()
    });
    view! {
        <button
            class="button button--secondary filter"
            data-on=(count > 0).then_some("")
            data-icon=IconKind::ChevronDown.name()
            type="button"
            popovertarget=id
        >
            {title}
            {(count > 0)
                .then(|| {
                    view! {
                        <span class="count">
                            {count}
                            <span class="vh">" chosen"</span>
                        </span>
                    }
                })}
        </button>
        <Menu id is_drawn>
            {content}
        </Menu>
    }
}

/// The choices of a group. If the menu has several groups, each has its title.
fn draw_group(group: Group, is_alone: bool) -> AnyView {
    let Group {
        name,
        title,
        choices: Choices { options, more },
        search,
        chosen,
        is_one,
    } = group;
    let kind = if is_one { "radio" } else { "checkbox" };
    let shown = RwSignal::new(options);
    let list = NodeRef::<html::Div>::new();
    let content = view! {
        {search.filter(|_| more).map(|choice| view! { <Search name title choice list shown/> })}
        <div class="popover__choices" node_ref=list>
            <For each=move || shown.get() key=|(value, _)| value.clone() let:option>
                <label class="choice">
                    <input
                        type=kind
                        name=name
                        checked=chosen.contains(&option.0)
                        value=option.0
                    />
                    {option.1}
                </label>
            </For>
        </div>
    }
    .into_any();
    if is_alone {
        return content;
    }
    view! {
        <fieldset class="popover__group">
            <legend>{title}</legend>
            {content}
        </fieldset>
    }
    .into_any()
}

/// A field that searches the choices that are not shown. Without scripts, the typed text itself filters the list.
#[component]
fn Search(
    name: &'static str,
    title: &'static str,
    choice: Choice,
    list: NodeRef<html::Div>,
    shown: RwSignal<Vec<(String, String)>>,
) -> impl IntoView {
    let scripts = RwSignal::new(false);
    Effect::new(move |_| scripts.set(true));
    let found = RwSignal::new(None::<usize>);
    let search = ChoiceSearch {
        choice,
        list,
        shown,
        found,
        number: StoredValue::new(0),
    };
    let reactor = Reactor::of_context();
    let find = move |text: String| reactor.run(Reaction::FindChoices(search, text));
    view! {
        <input
            class="input"
            type="search"
            name=move || (!scripts.get()).then_some(name)
            aria-label=format!("Find: {title}")
            placeholder="Find by name"
            autocomplete="off"
            spellcheck="false"
            on:focus=move |_| {
                if found.get_untracked().is_none() {
                    find(String::new());
                }
            }
            on:input=move |event| find(event_target_value(&event))
            on:keydown=|event| {
                if event.key() == "Enter" {
                    event.prevent_default();
                }
            }
        />
        <p class="vh" role="status">
            {move || found.get().map(|count| format!("{count} found"))}
        </p>
    }
}
