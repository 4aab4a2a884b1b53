//! The pages that the server sends while the database is away. They are plain HTML without scripts, since the application could
//! load nothing. Exists only on the server.

use leptos::prelude::*;
use model::time::{MINUTE, SECOND};

use super::entry_frame::{EntryFrame, card_foot};
use crate::ui::button::{Look, icon_and_words, submit_button};
use crate::ui::icon::IconKind;
use crate::ui::note::{BadNote, NoteKind, note};

/// The files that the pages need.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The name of the style sheet under `/assets/`, or an empty text.
    pub css: &'a str,
    /// The name of the icon there, or an empty text.
    pub icon: &'a str,
}

/// What this node does for gateways meanwhile. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateways {
    /// It answers them from memory: for at most `limit` after it last heard from the database, so for another `left`.
    Answered { limit: i64, left: i64 },
    /// It refuses them, since it last heard from the database longer than `limit` ago.
    Refused { limit: i64 },
    /// It refuses them, since it has not loaded the keys yet.
    Loading,
}

impl Gateways {
    fn sentence(self) -> String {
        match self {
            Self::Answered { limit, left } => format!(
                "Gateways are still answered from memory, for up to {} without the database: {} are left.",
                span(limit),
                span(left)
            ),
            Self::Refused { limit } => format!(
                "Gateways get 503 from this node, since it has not heard from its database for more than {}.",
                span(limit)
            ),
            Self::Loading => "Gateways get 503 from this node until it has loaded the keys.".to_owned(),
        }
    }
}

/// A time in whole seconds, such as `4 min 48 s`.
fn span(milliseconds: i64) -> String {
    match (milliseconds / MINUTE, milliseconds % MINUTE / SECOND) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// The page in place of a screen that cannot be read. `address` is its own URL, without scheme and host.
pub fn outage_page(files: Files<'_>, address: &str, gateways: Gateways) -> String {
    let address = address.to_owned();
    document(files, "Database away", move || {
        let again = view! {
            <a class=Look::Secondary.class() href=address>
                {icon_and_words(IconKind::Rotate, "Try again")}
            </a>
        };
        view! {
            <section class="auth__card">
                <div>
                    <h1>"The database is away"</h1>
                    <p>
                        "The console cannot reach its database. This page loads again by itself as soon as the database is back. \
                         Nobody was logged out."
                    </p>
                </div>
                {note(NoteKind::Info, gateways.sentence())}
                {again}
            </section>
            {card_foot("The server's log says what is wrong.")}
        }
        .into_any()
    })
}

/// A form that could not be carried out, with what was typed.
#[derive(Clone, Debug)]
pub struct KeptForm {
    /// The URL to which the form was sent, without scheme and host.
    pub action: String,
    /// Whether it is sent in parts, as forms with a file are.
    pub in_parts: bool,
    /// Why it was not carried out.
    pub why: String,
    /// Whether it is known that nothing was done.
    pub nothing_done: bool,
    /// The fields that the person sees again.
    pub shown: Vec<KeptField>,
    /// The names and values of all other fields.
    pub hidden: Vec<(String, String)>,
    /// The secrets, which have to be entered again.
    pub secrets: Vec<KeptField>,
}

/// A field of a form that is kept.
#[derive(Clone, Debug)]
pub struct KeptField {
    pub name: &'static str,
    pub label: &'static str,
    pub value: String,
}

/// The page in answer to a form that could not be carried out. The person can send the form again from it.
pub fn kept_form_page(files: Files<'_>, form: KeptForm) -> String {
    document(files, "Not done", move || {
        let title = if form.nothing_done {
            "Nothing was changed yet"
        } else {
            "Not known whether it was done"
        };
        let secrets = !form.secrets.is_empty();
        let text = if form.shown.is_empty() && form.hidden.is_empty() && !secrets {
            "Send it again when the database is back."
        } else if secrets {
            "Passwords and codes are not kept: enter yours again, and send the form when the database is back."
        } else if form.nothing_done {
            "What you entered is kept on this page. Send it again when the database is back."
        } else {
            "What you entered is kept on this page, in case you have to send it again."
        };
        let shown = form.shown.into_iter().map(|field| input(field, "text"));
        let typed_again = form.secrets.into_iter().map(|field| input(field, "password"));
        let hidden = form
            .hidden
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
        view! {
            <form
                class="auth__card"
                method="post"
                action=form.action
                enctype=form.in_parts.then_some("multipart/form-data")
            >
                <div>
                    <h1>{title}</h1>
                    <p>{text}</p>
                </div>
                <BadNote text=form.why/>
                {shown.collect_view()}
                {typed_again.collect_view()}
                {hidden.collect_view()}
                {submit_button(Look::Primary, None, "Send again")}
                <a class=Look::Secondary.class() href="/">
                    "Back to the console"
                </a>
            </form>
            {card_foot("The server's log says what is wrong with the database.")}
        }
        .into_any()
    })
}

fn input(field: KeptField, kind: &'static str) -> impl IntoView {
    let KeptField { name, label, value } = field;
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <input class="input" id=name name=name type=kind autocomplete="off" value=value/>
        </div>
    }
}

/// A whole document, without scripts.
fn document(files: Files<'_>, title: &'static str, content: impl FnOnce() -> AnyView) -> String {
    let stylesheet =
        (!files.css.is_empty()).then(|| view! { <link rel="stylesheet" href=format!("/assets/{}", files.css)/> });
    let icon = (!files.icon.is_empty())
        .then(|| view! { <link rel="icon" type="image/svg+xml" href=format!("/assets/{}", files.icon)/> });
    // The views need an owner of their signals, as they have on every other page.
    Owner::new_root(None).with(|| {
        let content = content();
        let page = view! {
            <html lang="en" translate="no">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="google" content="notranslate"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    {stylesheet}
                    {icon}
                    <title>{format!("{title} · Latchkey")}</title>
                </head>
                <body>
                    <EntryFrame>{content}</EntryFrame>
                </body>
            </html>
        };
        // The empty comments are for hydration, which this page does without.
        let html = page.to_html().replace("<!>", "");
        format!("<!DOCTYPE html>{html}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: Files<'static> = Files { css: "", icon: "" };

    #[test]
    fn the_page_says_for_how_long_gateways_are_answered() {
        for (gateways, sentence) in [
            (
                Gateways::Answered {
                    limit: 300_000,
                    left: 288_000,
                },
                "for up to 5 min without the database: 4 min 48 s are left.",
            ),
            (
                Gateways::Refused { limit: 90_000 },
                "has not heard from its database for more than 1 min 30 s.",
            ),
            (Gateways::Loading, "until it has loaded the keys."),
        ] {
            let page = outage_page(FILES, "/keys?search=a", gateways);
            assert!(page.contains(sentence), "{page}");
            assert!(page.contains("href=\"/keys?search=a\""), "{page}");
        }
    }

    #[test]
    fn what_was_typed_is_text_and_a_secret_is_not_kept() {
        let typed = "\"><script>alert(1)</script>".to_owned();
        let page = kept_form_page(
            FILES,
            KeptForm {
                action: "/keys/new".to_owned(),
                in_parts: false,
                why: "Why.".to_owned(),
                nothing_done: true,
                shown: vec![KeptField {
                    name: "name",
                    label: "Name",
                    value: typed.clone(),
                }],
                hidden: vec![(typed.clone(), typed)],
                secrets: vec![KeptField {
                    name: "password",
                    label: "Password",
                    value: String::new(),
                }],
            },
        );
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 3, "{page}");
        assert!(page.contains("type=\"password\""), "{page}");
    }
}
