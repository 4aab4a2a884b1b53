//! The filters of the log: a GET form, so it works without scripts.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::audit::{AuditPage, AuditQuery};
use model::audit_event;
use model::suggest::Choice;
use model::time::{DAY, Timestamp};
use web_sys::SubmitEvent;

use super::address::audit_link;
use crate::ui::button::{Look, link_button, submit_button};
use crate::ui::choice::{Select, option, select};
use crate::ui::combobox::Combobox;
use crate::ui::field::field;
use crate::ui::find::FindOption;
use crate::ui::form::{DrawnQuery, reset_on_redraw, typed};

#[component]
pub(super) fn Filters(loaded: Memo<Option<AuditPage>>, query: Memo<AuditQuery>) -> impl IntoView {
    let actions = Memo::new(move |_| {
        let page = loaded.get();
        page.map(|page| page.actions).unwrap_or_default()
    });
    // The form is drawn again when the query or the choices change, but not when there are new events.
    let drawn = DrawnQuery::new();
    let today = Memo::new(move |_| loaded.read().as_ref().map(|page| page.now.0.div_euclid(DAY)));
    view! {
        {move || today.get().map(|today| view! { <Presets query=query.get() today/> })}
        {move || {
            let query = query.get();
            let is_new = drawn.replace(&query);
            view! { <FilterForm query actions=actions.get() is_new/> }
        }}
    }
}

/// The usual ranges, as links that keep the other filters.
#[component]
fn Presets(
    query: AuditQuery,
    /// The day of the page, in Unix days.
    today: i64,
) -> impl IntoView {
    let since = |days: i64| Timestamp((today - days + 1) * DAY).iso_date();
    let presets = [
        ("Today", since(1)),
        ("7 days", since(7)),
        ("30 days", since(30)),
        ("All", String::new()),
    ];
    let links = presets.map(move |(words, from)| {
        let is_chosen = query.from == from && query.to.is_empty();
        let preset = AuditQuery {
            from,
            to: String::new(),
            before: String::new(),
            ..query.clone()
        };
        view! {
            <li>
                <a class="preset" href=audit_link("/audit", &preset) aria-current=is_chosen.then_some("true")>
                    {words}
                </a>
            </li>
        }
    });
    view! {
        <nav class="presets" aria-label="Range">
            <ul role="list">{links.into_iter().collect_view()}</ul>
        </nav>
    }
}

#[component]
fn FilterForm(query: AuditQuery, actions: Vec<String>, is_new: bool) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        let Some(typed) = typed(&event) else {
            return;
        };
        event.prevent_default();
        let query = AuditQuery {
            actor: typed.text("actor").trim().to_owned(),
            action: typed.text("action").to_owned(),
            subject: typed.text("subject").trim().to_owned(),
            from: typed.text("from").to_owned(),
            to: typed.text("to").to_owned(),
            before: String::new(),
        };
        navigate(&audit_link("/audit", &query), NavigateOptions::default());
    };
    let many = actions.len();
    let form = NodeRef::<html::Form>::new();
    reset_on_redraw(form, is_new);
    let narrowed = query
        != AuditQuery {
            before: query.before.clone(),
            ..AuditQuery::default()
        };
    let AuditQuery {
        actor,
        action,
        subject,
        from,
        to,
        ..
    } = query;
    let actor = view! {
        <Combobox name="actor" choice=Choice::Actor label="Actors" value=actor placeholder="Everybody"/>
    };
    let groups = by_subject(actions, &action).into_iter();
    let groups = groups.map(|(subject, actions)| view! { <Group subject actions chosen=action.clone()/> });
    let actions = select(
        Select {
            id: Some("action"),
            name: "action",
            ..Select::default()
        },
        view! {
            {option("", "All actions", false)}
            {groups.collect_view()}
        },
    );
    let action = view! {
        {actions}
        <FindOption select="action" label="Find an action" many/>
    };
    let subject = view! {
        <input
            class="input"
            id="subject"
            name="subject"
            autocomplete="off"
            spellcheck="false"
            placeholder="ID, or start of a name"
            value=subject
        />
    };
    let date = |name: &'static str, value: String| {
        view! { <input class="input" id=name name=name type="date" aria-describedby="days-hint" value=day(value)/> }
    };
    let (from, to) = (date("from", from), date("to", to));
    view! {
        <form
            class="audit-filters"
            method="get"
            action="/audit"
            role="search"
            aria-label="Events"
            node_ref=form
            on:submit=submit
        >
            {field("actor", "Actor", actor)}
            {field("action", "Action", action)}
            {field("subject", "Key or name", subject)}
            {field("from", "From", from)}
            {field("to", "To", to)}
            <p class="field__hint audit-filters__days" id="days-hint">
                "Days begin and end in UTC."
            </p>
            <div class="audit-filters__foot">
                {submit_button(Look::Secondary, None, "Filter")}
                {narrowed.then(|| link_button(Look::Quiet, "/audit", "Clear"))}
            </div>
        </form>
    }
}

#[component]
fn Action(value: String, words: String, chosen: bool) -> impl IntoView {
    view! {
        <option value=value selected=chosen>
            {words}
        </option>
    }
}

/// The options for one kind of subject, such as keys: one for all actions, and one for each action.
#[component]
fn Group(subject: String, actions: Vec<String>, chosen: String) -> impl IntoView {
    let title = audit_event::title(&subject);
    view! {
        <optgroup label=title.clone()>
            <Action chosen=subject == chosen words=format!("{title}: anything") value=subject/>
            {actions
                .into_iter()
                .map(|action| view! { <Action chosen=action == chosen words=audit_event::title(&action) value=action/> })
                .collect_view()}
        </optgroup>
    }
}

/// The date if a date field can show it. For any other value, browsers report an error.
fn day(text: String) -> Option<String> {
    Timestamp::end_of_day(&text, 0).map(|_| text)
}

/// Groups the actions by the word before the dot.
fn by_subject(mut actions: Vec<String>, chosen: &str) -> Vec<(String, Vec<String>)> {
    if chosen.contains('.') && actions.iter().all(|action| action != chosen) {
        actions.push(chosen.to_owned());
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    if !chosen.is_empty() && !chosen.contains('.') {
        groups.push((chosen.to_owned(), Vec::new()));
    }
    for action in actions {
        let subject = action.split('.').next().unwrap_or_default().to_owned();
        match groups.iter_mut().find(|(its, _)| *its == subject) {
            Some((_, actions)) => actions.push(action),
            None => groups.push((subject, vec![action])),
        }
    }
    groups.sort();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_grouped_by_their_subject() {
        let actions = ["key.created", "session.started", "key.deleted"]
            .map(str::to_owned)
            .to_vec();
        let groups = by_subject(actions, "profile");
        let told: Vec<(&str, usize)> = groups
            .iter()
            .map(|(subject, actions)| (subject.as_str(), actions.len()))
            .collect();
        assert_eq!(told, [("key", 2), ("profile", 0), ("session", 1)]);
    }
}
