//! Draws the screen's content as HTML that needs no scripts: headings, links and native folds.

mod entries;
mod operation;

use leptos::prelude::*;

use super::description::{Description, Group};
use super::markup::{inline, link, paragraphs};
use super::requests::{Language, ORIGIN};
use crate::ui::icon::{Icon, IconKind};

/// The id of the list of contents. The screen's scripts close it after a choice.
const CONTENTS: &str = "contents";

/// The choice of a language, and the button that opens the contents where the screen is narrow. The style sheet shows the requests in
/// the language that is chosen.
pub(super) fn language_bar(chosen: Language) -> String {
    let languages = Language::ALL.map(|language| {
        view! {
            <label class="language">
                <input type="radio" name="language" value=language.slug() checked=language == chosen/>
                <span>{language.title()}</span>
            </label>
        }
    });
    let bar = view! {
        <div class="reference__bar">
            <button class="button button--secondary reference__open" type="button" popovertarget=CONTENTS>
                <Icon kind=IconKind::List/>
                "Contents"
            </button>
            <fieldset class="languages">
                <legend class="vh">"Language of the requests"</legend>
                {languages.collect_view()}
            </fieldset>
        </div>
    };
    without_marks(&bar.to_html())
}

/// All below the bar.
pub(super) fn body(description: &Description) -> String {
    let groups = description.groups.iter().map(group).collect_view();
    let body = view! {
        {contents(description)}
        <div class="reference__body">
            {start(description)}
            {groups}
            {entries::headers(&description.headers)}
            {entries::errors(description)}
        </div>
    };
    without_marks(&body.to_html())
}

/// The HTML without the marks by which the application would find its places again, since it draws nothing here.
fn without_marks(html: &str) -> String {
    html.replace("<!>", "")
}

fn contents(description: &Description) -> AnyView {
    let groups = description.groups.iter().map(|group| {
        let operations = group.operations.iter().map(|operation| {
            let words = view! {
                <span class="mono">{short(&operation.method)}</span>
                " "
                <span>{operation.summary.clone()}</span>
            };
            view! { <li>{link(&operation.id, words)}</li> }
        });
        view! {
            <li>
                {link(&group.id(), group.title.clone())}
                <ul role="list">{operations.collect_view()}</ul>
            </li>
        }
    });
    let codes = description.errors.iter().map(|error| {
        view! { <li>{link(&error.code, view! { <span class="mono">{error.code.clone()}</span> })}</li> }
    });
    view! {
        <nav class="popover reference__contents" id=CONTENTS popover="auto" aria-label="Contents">
            <ul role="list">
                <li>{link("start", "Start")}</li>
                {groups.collect_view()}
                <li>{link("headers", "Headers")}</li>
                <li>
                    {link("errors", "Errors")}
                    <ul role="list">{codes.collect_view()}</ul>
                </li>
            </ul>
        </nav>
    }
    .into_any()
}

/// The method in a narrow column.
fn short(method: &str) -> String {
    if method == "DELETE" {
        "DEL".to_owned()
    } else {
        method.to_owned()
    }
}

fn start(description: &Description) -> AnyView {
    let export = "export LATCHKEY_SERVICE_TOKEN=lkm_…   # of a service account, for /manage/v1\nexport LATCHKEY_TOKEN=sk_live_…   # an API key, for /v1";
    view! {
        <section class="reference__group" id="start" aria-labelledby="start-title">
            <h2 id="start-title">"Start"</h2>
            {paragraphs(&description.about)}
            <p>
                "The requests below work as they stand here, on " <code class="mono">{ORIGIN}</code>
                ", once the token is in the environment. Owners make tokens in "
                <a href="/settings/service-accounts">"Settings → Service Accounts"</a>
                ". Requests that only read name keys and environments of this server. Those that change something keep the IDs of the examples, so that a pasted line changes nothing real."
            </p>
            <div class="token">
                <pre class="token__value">{export}</pre>
            </div>
        </section>
    }
    .into_any()
}

fn group(group: &Group) -> AnyView {
    let id = group.id();
    let title = format!("{id}-title");
    view! {
        <section class="reference__group" id=id aria-labelledby=title>
            <h2 id=title.clone()>{group.title.clone()}</h2>
            <p>{inline(&group.about)}</p>
            {group.operations.iter().map(operation::operation).collect_view()}
            {group.objects.iter().map(entries::object).collect_view()}
        </section>
    }
    .into_any()
}
