//! Customers in files, for people: `GET /customers/export` saves all, `POST /customers/import` reads some. The form of the import works
//! without scripts. Its first answer says what would happen, and holds the lines again; sent with the confirmation, they are imported.

use std::io;
use std::sync::Arc;

use app::answer::Answer;
use app::caller::Caller;
use app::customer_import::{CONFIRM, CheckedFile, FILE, ImportContent, ImportPage, LINES, PATH};
use app::person;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use backend::customers::ExportedCustomer;
use backend::{Actor, Error, Services};
use futures_util::FutureExt as _;
use futures_util::stream::unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use http_body_util::BodyExt as _;
use model::bounded::Bounded;
use model::customer::{CustomerStatus, EXTERNAL_ID, NAME};
use model::customer_import::{CustomerImport, CustomerImportOutcome, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::list::ListQuery;
use model::role::Permission;
use serde::Deserialize;

use super::Console;
use super::customer_file::{Format, ReadCustomer, Writer, read as read_file};
use super::forms::{read, refusal, refused_download, without_screen};
use super::guard::{see_other, to_login};
use super::key_forms::person;
use super::pages::{answer, answer_with_import};
use super::permission_recheck::PermissionRecheck;

/// The longest file, in bytes.
const FILE_LIMIT: usize = 1024 * 1024;
/// The longest body: the file, the lines that were sent before, and what stands around them.
const BODY_LIMIT: usize = 2 * FILE_LIMIT + 16 * 1024;
/// How much of a longer body is read, and thrown away, so that the browser shows the answer.
const READ_LIMIT: usize = 16 * 1024 * 1024;
/// The most parts of the form.
const MOST_PARTS: usize = 8;

/// The query of an export: what the list shows, and the format.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExportQuery {
    format: String,
    search: String,
    status: String,
}

/// `GET /customers/export`
pub(super) async fn export(State(console): State<Console>, Extension(caller): Extension<Caller>, uri: Uri) -> Response {
    let Some((who, actor)) = person(caller) else {
        return see_other("/login");
    };
    // Before the query is read: a person without the permission learns nothing about the query.
    if let Err(error) = actor.require(Permission::SeeCustomers) {
        return refused_download(&error);
    }
    let bad = |sentence: &'static str| (StatusCode::BAD_REQUEST, sentence).into_response();
    let Some(asked) = read::<ExportQuery>(uri.query().unwrap_or_default().as_bytes()) else {
        return bad("The query string is not valid.\n");
    };
    let format = match asked.format.as_str() {
        "csv" | "" => Format::Csv,
        "jsonl" => Format::Jsonl,
        _ => return bad("There is no such format. Choose csv or jsonl.\n"),
    };
    let status = CustomerStatus::ALL
        .into_iter()
        .find(|status| status.slug() == asked.status);
    if status.is_none() && !asked.status.is_empty() {
        return bad("There is no such status. Choose active or suspended.\n");
    }
    let query = ListQuery {
        search: asked.search,
        ..ListQuery::default()
    };
    let first = match next_piece(&console.services, &actor, &query, status, format, None).await {
        Ok(first) => first,
        Err(error) => return refused_download(&error),
    };
    let day = console.services.now().iso_date();
    let recheck = PermissionRecheck::new(Arc::clone(&console.services), &who, Permission::SeeCustomers);
    let services = console.services;
    let pieces = unfold(Some((Some(first), None)), move |state: Option<(Option<Piece>, _)>| {
        let (services, actor, query) = (Arc::clone(&services), actor.clone(), query.clone());
        async move {
            let (ready, after): (Option<Piece>, Option<String>) = state?;
            let piece = match ready {
                Some(first) => Ok(first),
                None => next_piece(&services, &actor, &query, status, format, after).await,
            };
            match piece {
                Ok(Piece { text, next }) => Some((Ok(Bytes::from(text)), next.map(|next| (None, Some(next))))),
                Err(error) => {
                    tracing::error!(%error, "an export of customers was cut off");
                    // The answer fails in the middle, so that it cannot be mistaken for a complete answer.
                    Some((Err(io::Error::other("the database failed")), None))
                }
            }
        }
    });
    let mut response = Response::new(Body::from_stream(recheck.guard(pieces)));
    let media_type = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Jsonl => "application/x-ndjson",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let name = format!(
        "attachment; filename=\"latchkey-customers-{day}.{}\"",
        format.extension()
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// Some lines of an export.
struct Piece {
    text: Vec<u8>,
    /// Where the next piece begins, if there is one.
    next: Option<String>,
}

/// The first lines, or (`after`) those that follow.
async fn next_piece(
    services: &Services,
    actor: &Actor,
    query: &ListQuery,
    status: Option<CustomerStatus>,
    format: Format,
    after: Option<String>,
) -> backend::Result<Piece> {
    let place = after.as_deref().unwrap_or_default();
    let (customers, next) = services.customers.export_some(actor, query, status, place).await?;
    let text = write_lines(format, after.is_none(), &customers).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Piece { text, next })
}

fn write_lines(format: Format, is_first: bool, customers: &[ExportedCustomer]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = if is_first {
        Writer::begin(format, &mut text)?
    } else {
        Writer::go_on(format, &mut text)
    };
    for customer in customers {
        writer.write(customer)?;
    }
    writer.finish()?;
    Ok(text)
}

/// The fields of the form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fields {
    lines: String,
    confirmed: bool,
    /// The ID of the person of the page with the form.
    person: Option<String>,
}

/// Why the fields of a form cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Unreadable {
    TooLong,
    NotText,
    Malformed,
}

impl Unreadable {
    const fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Self::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The file is larger than 1 MiB. Import it in parts, or on the command line with latchkey customer import.",
            ),
            Self::NotText => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The file is not UTF-8 text. Save it as CSV in UTF-8, or as JSON lines.",
            ),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "The form did not arrive as it was sent. Send it again.",
            ),
        }
    }
}

/// `POST /customers/import`
pub(super) async fn import(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some((who, actor)) = person(caller) else {
        return to_login(&console, PATH);
    };
    let mut page = ImportPage {
        person: who.user_id.to_string(),
        ..ImportPage::default()
    };
    // Before the body is read: it may be long.
    if let Err(error) = may_import(&actor) {
        let (status, sentence) = refusal(&error);
        return answer_with_import(&console, parts, ImportContent::refused(sentence), status).await;
    }
    let fields = match read_body(body).await {
        Ok(body) => read_fields(&parts.headers, body),
        Err(why) => Err(why),
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(why) => {
            let (status, sentence) = why.answer();
            page.problem = Some(sentence.to_owned());
            return answer_with_import(&console, parts, page.draw(), status).await;
        }
    };
    if fields.person.is_some_and(|shown| shown != page.person) {
        let mut parts = parts;
        // This person may not be permitted to see the screen of the form, so the answer is Home.
        parts.uri = Uri::from_static("/");
        return answer(&console, parts, Answer::OtherPerson(who.me.email), StatusCode::CONFLICT).await;
    }
    page.lines = fields.lines;
    let status = match check(&console.services, &actor, &page.lines, fields.confirmed).await {
        Ok(checked) => {
            // Also where lines are refused: that is what was asked, and a browser's console reports every 4xx as a failure.
            page.checked = Some(checked);
            StatusCode::OK
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            let (status, sentence) = refusal(&error);
            page.problem = Some(sentence);
            status
        }
    };
    answer_with_import(&console, parts, page.draw(), status).await
}

/// The content of the screen without a file.
pub(super) fn first_content(caller: Caller) -> Option<ImportContent> {
    let (who, actor) = person(caller)?;
    if let Err(error) = may_import(&actor) {
        return Some(ImportContent::refused(refusal(&error).1));
    }
    let page = ImportPage {
        person: who.user_id.to_string(),
        ..ImportPage::default()
    };
    Some(page.draw())
}

fn may_import(actor: &Actor) -> backend::Result<()> {
    actor.require(Permission::CreateCustomers)?;
    actor.require(Permission::ChangeCustomers)
}

/// Says what would become of the customers of a file. If that was confirmed, and none is refused, they are imported.
async fn check(services: &Services, actor: &Actor, text: &str, confirmed: bool) -> backend::Result<CheckedFile> {
    let customers = read_customers(text)?;
    let written = customers.iter().map(|customer| {
        let of = |field| customer.form.as_ref().map(|form| form.text(field).to_owned());
        (of(EXTERNAL_ID).unwrap_or_default(), of(NAME).unwrap_or_default())
    });
    let written = written.collect();
    let mut unreadable = Vec::new();
    let mut readable = Vec::new();
    for (place, ReadCustomer { line, form }) in customers.into_iter().enumerate() {
        match form {
            Ok(form) => readable.push(CustomerImport { line, form }),
            Err(why) => unreadable.push((place, line, why)),
        }
    }
    let readable: Bounded<CustomerImport, MAX_IMPORTED_CUSTOMERS> =
        readable.try_into().map_err(|_| Error::from(too_many()))?;
    let dry_run = !confirmed || !unreadable.is_empty();
    let mut report = services.customers.import(actor, &readable, dry_run).await?;
    // In their order, so each comes to its place.
    for (place, line, why) in unreadable {
        let outcome = CustomerImportOutcome::Invalid(FormErrors::whole(why));
        report.lines.insert(place, (line, outcome));
    }
    Ok(CheckedFile { report, written })
}

fn read_customers(text: &str) -> Result<Vec<ReadCustomer>, FormErrors> {
    if text.trim().is_empty() {
        return Err(FormErrors::whole("Choose a file, or paste its lines."));
    }
    let text = text.as_bytes();
    let customers = read_file(Format::of_text(text), text).map_err(FormErrors::whole)?;
    let customers: Vec<ReadCustomer> = customers.take(MAX_IMPORTED_CUSTOMERS + 1).collect();
    if customers.is_empty() {
        return Err(FormErrors::whole(
            "There is no customer in this file: its header is all there is.",
        ));
    }
    if customers.len() > MAX_IMPORTED_CUSTOMERS {
        return Err(too_many());
    }
    Ok(customers)
}

fn too_many() -> FormErrors {
    FormErrors::whole(
        "The file has more than 1,000 customers. Import it in parts, or on the command line with latchkey customer import.",
    )
}

/// Reads the body up to its limit.
async fn read_body(mut body: Body) -> Result<Bytes, Unreadable> {
    let mut read = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unreadable::Malformed)?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > READ_LIMIT {
            return Err(Unreadable::TooLong);
        }
        if length <= BODY_LIMIT {
            read.extend_from_slice(data);
        }
    }
    if length > BODY_LIMIT {
        return Err(Unreadable::TooLong);
    }
    Ok(read.into())
}

/// Reads the fields of the form, which browsers send in parts because of the file. Without one, it may be sent as other forms are.
fn read_fields(headers: &HeaderMap, body: Bytes) -> Result<Fields, Unreadable> {
    let fields = if is_multipart(headers) {
        read_parts(headers, body)?
    } else {
        let form: FormValues = read(&body).ok_or(Unreadable::Malformed)?;
        Fields {
            lines: form.text(LINES).to_owned(),
            confirmed: form.get(CONFIRM).is_some(),
            person: form.get(person::FIELD).map(str::to_owned),
        }
    };
    if fields.lines.len() > FILE_LIMIT {
        return Err(Unreadable::TooLong);
    }
    Ok(fields)
}

/// What was typed into the form, for the page that keeps it during an outage. The confirmation is left out, so that its person sees
/// again what would happen.
pub(super) fn kept_fields(headers: &HeaderMap, body: Bytes) -> Vec<(String, String)> {
    let Ok(Fields { lines, person, .. }) = read_fields(headers, body) else {
        return Vec::new();
    };
    let person = person.map(|person| (person::FIELD.to_owned(), person));
    [(LINES.to_owned(), lines)].into_iter().chain(person).collect()
}

/// Whether this is the form with a file. Its handler reads it within its own limits, and checks its person.
pub(super) fn is_file_form(request: &Request) -> bool {
    request.uri().path() == PATH && is_multipart(request.headers())
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    content_type.is_some_and(|content_type| content_type.starts_with(b"multipart/form-data"))
}

fn read_parts(headers: &HeaderMap, body: Bytes) -> Result<Fields, Unreadable> {
    // The whole body is here, so reading it never waits.
    read_all_parts(headers, body)
        .now_or_never()
        .unwrap_or(Err(Unreadable::Malformed))
}

async fn read_all_parts(headers: &HeaderMap, body: Bytes) -> Result<Fields, Unreadable> {
    let malformed = |_| Unreadable::Malformed;
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = headers.clone();
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| Unreadable::Malformed)?;
    let mut fields = Fields::default();
    let mut file = None;
    for _ in 0..MOST_PARTS {
        let Some(part) = parts.next_field().await.map_err(malformed)? else {
            break;
        };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(malformed)?;
        // The parts themselves are UTF-8, whatever a part says.
        let text = || String::from_utf8(bytes.to_vec()).map_err(|_| Unreadable::NotText);
        match name.as_str() {
            FILE if !bytes.is_empty() => file = Some(text()?),
            LINES => fields.lines = text()?,
            CONFIRM => fields.confirmed = true,
            person::FIELD => fields.person = Some(text()?),
            _ => {}
        }
    }
    if let Some(file) = file {
        fields.lines = file;
        // What would become of this file was not shown yet.
        fields.confirmed = false;
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("multipart/form-data; boundary=XX"),
        );
        headers
    }

    fn form(parts: &[(&str, &str)]) -> Bytes {
        let mut body = String::new();
        for (name, value) in parts {
            let file = if *name == FILE { "; filename=\"a.csv\"" } else { "" };
            let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
            body.push_str(&part);
        }
        body.push_str("--XX--\r\n");
        body.into()
    }

    #[test]
    fn a_file_counts_instead_of_the_lines_and_is_not_confirmed() {
        let lines = read_fields(
            &headers(),
            form(&[("lines", "a\r\nb"), ("confirm", "yes"), ("file", "")]),
        )
        .unwrap();
        assert_eq!((lines.lines.as_str(), lines.confirmed), ("a\r\nb", true));
        let file = read_fields(
            &headers(),
            form(&[("lines", "a"), ("confirm", "yes"), ("file", "b"), ("person", "p")]),
        );
        let file = file.unwrap();
        assert_eq!((file.lines.as_str(), file.confirmed), ("b", false));
        assert_eq!(file.person.as_deref(), Some("p"));
        assert_eq!(
            kept_fields(&headers(), form(&[("lines", "a"), ("confirm", "yes")])),
            [("lines".to_owned(), "a".to_owned())]
        );
    }

    #[test]
    fn what_is_too_long_or_no_text_is_refused() {
        let long = "x".repeat(FILE_LIMIT + 1);
        assert_eq!(
            read_fields(&headers(), form(&[("file", &long)])),
            Err(Unreadable::TooLong)
        );
        let fits = read_fields(&headers(), form(&[("file", &long[1..]), ("lines", &long[1..])]));
        assert!(fits.is_ok(), "{fits:?}");
        let latin1 = Bytes::from_static(
            b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nM\xfcller\r\n--XX--\r\n",
        );
        assert_eq!(read_fields(&headers(), latin1), Err(Unreadable::NotText));
        assert_eq!(
            read_fields(&headers(), Bytes::from_static(b"--XX")),
            Err(Unreadable::Malformed)
        );
    }

    #[test]
    fn a_file_has_customers_and_not_too_many() {
        let refused = |text: &str| read_customers(text).unwrap_err().to_string();
        assert!(refused(" \n").starts_with("Choose a file"));
        assert!(refused("external_id,name\n").starts_with("There is no customer"));
        let many = "{\"externalId\": \"a\"}\n".repeat(MAX_IMPORTED_CUSTOMERS + 1);
        assert!(refused(&many).contains("more than 1,000"));
        assert_eq!(read_customers(&many[19..]).unwrap().len(), MAX_IMPORTED_CUSTOMERS);
    }
}
