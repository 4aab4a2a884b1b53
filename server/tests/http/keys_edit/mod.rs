//! `POST /keys/{id}/edit`, the plain form.

mod status_303;
mod status_403;
mod status_404;
mod status_409;
mod status_422;

use crate::common::{Answer, TestApp};

/// The form on the page of a key.
struct Form {
    path: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// Opens the dialog without scripts.
    async fn open(app: &TestApp, id: &str) -> Self {
        let page = app.get(&format!("/keys/{id}/edit")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        Self::of(id, &page)
    }

    fn of(id: &str, page: &Answer) -> Self {
        let mut form = Self {
            path: format!("/keys/{id}/edit"),
            fields: Vec::new(),
        };
        for name in ["name", "was_name", "was_bias_profile", "was_status", "was_end"] {
            form = form.with(name, page.field(name));
        }
        for name in ["status", "expires", "bias_profile"] {
            form = form.with(name, chosen(page, name));
        }
        for name in [
            "expires_on",
            "limit_second",
            "limit_minute",
            "limit_day",
            "was_limit_second",
            "was_limit_minute",
            "was_limit_day",
            "was_allowed_addresses",
            "description",
            "was_description",
            "tags",
            "was_tags",
            "location",
            "was_location",
            "was_owner",
            "customer",
            "was_customer",
            "was_metadata",
        ] {
            form = form.with(name, page.field(name));
        }
        for name in ["allowed_addresses", "metadata"] {
            form = form.with(name, page.area(name));
        }
        form
    }

    /// This form after a person has typed a text into a field.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    async fn send(&self, app: &TestApp) -> Answer {
        let fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        app.post_form(&self.path, &fields).await
    }
}

/// The value of the selected option in a `<select>` of the page.
fn chosen<'a>(page: &'a Answer, name: &str) -> &'a str {
    let select = page.body.split(&format!(" name=\"{name}\"")).nth(1).unwrap();
    let options = select.split("</select>").next().unwrap();
    let options: Vec<&str> = options.split("<option").skip(1).collect();
    let selected = options
        .iter()
        .find(|option| option.split('>').next().unwrap().contains(" selected"))
        .or(options.first())
        .unwrap();
    selected
        .split(" value=\"")
        .nth(1)
        .map_or("", |rest| rest.split('"').next().unwrap())
}
