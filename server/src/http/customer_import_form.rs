//! The form of an import of customers: its file or its lines, its limits, and who sent it.

use app::customer_import::{CONFIRM, FILE, LINES, PATH};
use app::person;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use futures_util::FutureExt as _;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use model::form_values::FormValues;

use super::forms::read;

/// The longest file, in bytes.
const FILE_LIMIT: usize = 1024 * 1024;
/// The longest body: the file, the lines that were sent before, and what stands around them.
const BODY_LIMIT: usize = 2 * FILE_LIMIT + 16 * 1024;
/// How much of a longer body is read, and thrown away, so that the browser shows the answer.
const READ_LIMIT: usize = 16 * 1024 * 1024;
/// The most parts of the form.
const MOST_PARTS: usize = 8;

/// The fields of the form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) lines: String,
    pub(super) confirmed: bool,
    /// The ID of the person of the page with the form.
    pub(super) person: Option<String>,
}

/// Why the fields of a form cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    TooLong,
    NotText,
    Malformed,
}

impl Unreadable {
    /// The status and the sentence for people.
    pub(super) const fn answer(&self) -> (StatusCode, &'static str) {
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

/// Reads the body up to its limit.
pub(super) async fn read_body(mut body: Body) -> Result<Bytes, Unreadable> {
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
pub(super) fn read_fields(headers: &HeaderMap, body: Bytes) -> Result<Fields, Unreadable> {
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
}
