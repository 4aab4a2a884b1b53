//! The content of the screen "API Reference", made of the `OpenAPI` description. It is made once in the process; only addresses and
//! IDs are written into it for each request. Exists only on the server: the browser shows the HTML as it comes.

mod description;
mod draw;
mod json;
mod markup;
mod requests;
mod schema;

use std::sync::Arc;

use self::description::Description;
pub use self::requests::Language;
use self::requests::ORIGIN;

/// The end of every ID in an example.
const EXAMPLE_ID: &str = "8fQ2nLw0Zz";
/// Stands in the reading requests in place of [`EXAMPLE_ID`], until the ID of a real object is known.
const REAL_ID: &str = "-real-object-";

/// The screen's content, with a placeholder for everything that depends on the request.
#[derive(Debug)]
pub struct Reference {
    content: String,
}

/// What the requests on the screen need to work as they stand there.
#[derive(Debug)]
pub struct Place<'a> {
    /// The scheme and the host of the URL by which the browser reached the server.
    pub origin: &'a str,
    /// For the prefix of an ID, such as `key_`, an object that the person can read.
    pub ids: &'a [(&'static str, String)],
    /// The language in which the person read last.
    pub language: Language,
}

/// The finished content of the screen for one request.
#[derive(Clone, Debug)]
pub struct ReferenceContent(pub(crate) Arc<str>);

impl Reference {
    /// Reads the description.
    ///
    /// # Errors
    /// Returns the parser's error if the description is not JSON.
    pub fn read(description: &str) -> Result<Self, leptos::serde_json::Error> {
        let description = Description::read(leptos::serde_json::from_str(description)?);
        Ok(Self {
            content: draw::body(&description),
        })
    }

    /// The content for one request. Requests that only read name real objects, so that they work as they stand. All others keep the
    /// IDs of the examples: a pasted line must not delete a real key.
    pub fn content(&self, place: &Place<'_>) -> ReferenceContent {
        let mut html = draw::language_bar(place.language);
        html.push_str(&self.content.replace(ORIGIN, &safe_origin(place.origin)));
        for (prefix, id) in place.ids {
            html = html.replace(&format!("{prefix}{REAL_ID}"), id);
        }
        ReferenceContent(html.replace(REAL_ID, EXAMPLE_ID).into())
    }
}

/// The origin without characters that no origin has, since a browser sends it, and it stands in lines that people paste into a shell.
fn safe_origin(origin: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || "-._:/[]".contains(*letter);
    origin.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_cannot_leave_its_place_in_a_line() {
        assert_eq!(
            safe_origin("https://keys.example.com:8443"),
            "https://keys.example.com:8443"
        );
        assert_eq!(safe_origin("http://[::1]:3000"), "http://[::1]:3000");
        assert_eq!(safe_origin("http://a\"; #<b>$(x)`y`"), "http://abxy");
    }

    #[test]
    fn a_reading_request_names_a_real_object_and_any_other_the_example() {
        let reference = Reference {
            content: format!(
                "GET {ORIGIN}/keys/key_{REAL_ID} GET {ORIGIN}/env_{REAL_ID} DELETE /keys/key_{EXAMPLE_ID}"
            ),
        };
        let content = reference.content(&Place {
            origin: "https://keys.example.com",
            ids: &[("key_", "key_0123456789".to_owned())],
            language: Language::Python,
        });
        let end = "GET https://keys.example.com/keys/key_0123456789 GET https://keys.example.com/env_8fQ2nLw0Zz DELETE \
                   /keys/key_8fQ2nLw0Zz";
        assert!(content.0.ends_with(end), "{}", content.0);
        assert_eq!(content.0.matches(" checked").count(), 1, "{}", content.0);
    }
}
