//! `GET` and `POST /customers/import`, the form with a file.

mod status_200;
mod status_303;
mod status_400;
mod status_403;
mod status_409;
mod status_413;
mod status_422;

use backend::audit::Actor;
use model::list::ListQuery;

use crate::common::{Call, TestApp};

/// Sends the form as browsers do. The part `file` is one with a name.
pub fn import<'a>(app: &'a TestApp, parts: &[(&str, &str)]) -> Call<'a> {
    let mut body = String::new();
    for (name, value) in parts {
        let file = if *name == "file" {
            "; filename=\"customers\""
        } else {
            ""
        };
        let head = format!("--boundary\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_str(), value, "\r\n"]);
    }
    body.push_str("--boundary--\r\n");
    sent_in_parts(app, body.into_bytes())
}

fn sent_in_parts(app: &TestApp, body: Vec<u8>) -> Call<'_> {
    app.post("/customers/import")
        .header("content-type", "multipart/form-data; boundary=boundary")
        .body(body)
}

/// The number of customers.
async fn count(app: &TestApp) -> u64 {
    let (by, query) = (Actor::command_line(), ListQuery::default());
    let list = app.services.customers.list(&by, &query, None);
    list.await.unwrap().total
}
