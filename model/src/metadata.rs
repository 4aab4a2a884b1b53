//! Metadata: a JSON object of your own on a key or a customer, which the verifier passes on to gateways.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

/// The most bytes of JSON, without white space.
pub const BYTES_MAX: usize = 4_096;
/// The most bytes that are read, with white space.
const TYPED_MAX: usize = 4 * BYTES_MAX;
/// How deep objects and lists can be nested. The object itself is the first level.
pub const DEPTH_MAX: usize = 16;
/// The number of fields that are named in words.
const NAMED_FIELDS: usize = 10;

/// A JSON object as text, without white space. Numbers and the order of fields stay as they were written. An object without
/// fields is no metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(String);

impl Metadata {
    /// Reads what was typed or sent. An empty text is no metadata.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > TYPED_MAX {
            return Err(too_long(text.len()));
        }
        check(text)?;
        let compact = compact(text);
        if compact.len() > BYTES_MAX {
            return Err(too_long(compact.len()));
        }
        Ok(Self(if compact == "{}" { String::new() } else { compact }))
    }

    /// Takes a text that was read before.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The JSON object; `None` where there is no metadata.
    pub fn as_json(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }

    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_json(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }

    /// The object with one field a line, for people.
    pub fn pretty(&self) -> String {
        pretty(&self.0)
    }

    /// The names of its fields and its size: `plan, seats (27 bytes)`. The values may be personal, so the audit log has none of
    /// them.
    pub fn in_words(&self) -> String {
        if self.is_none() {
            return "none".to_owned();
        }
        let fields = fields(&self.0);
        let mut named: Vec<&str> = fields.iter().take(NAMED_FIELDS).map(String::as_str).collect();
        if fields.len() > NAMED_FIELDS {
            named.push("…");
        }
        format!("{} ({} bytes)", named.join(", "), self.0.len())
    }
}

fn too_long(bytes: usize) -> String {
    format!("Metadata has at most {BYTES_MAX} bytes without white space; this has {bytes}.")
}

/// Checks that a text is one JSON object within the bounds.
fn check(text: &str) -> Result<(), String> {
    if !text.starts_with('{') {
        return Err("Metadata is a JSON object, such as {\"plan\": \"pro\"}.".to_owned());
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    Value { depth: 1 }
        .deserialize(&mut parser)
        .and_then(|()| parser.end())
        .map_err(|error| {
            // The messages of this file come with a place behind them, and those of the parser may repeat what was sent.
            let (message, place) = (
                error.to_string(),
                format!("(line {}, column {})", error.line(), error.column()),
            );
            match message.strip_prefix(OWN).and_then(|own| own.rsplit_once(" at line ")) {
                Some((own, _)) => own.to_owned(),
                None => format!("This is not valid JSON {place}."),
            }
        })
}

/// Begins the errors of this file.
const OWN: &str = "metadata: ";

/// Any JSON value. Reading it checks the bounds and keeps nothing.
#[derive(Clone, Copy)]
struct Value {
    /// How many objects and lists it stands in, with itself.
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth > DEPTH_MAX {
            return Err(E::custom(format!(
                "{OWN}Metadata can be nested {DEPTH_MAX} deep at most."
            )));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while list.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names: HashSet<String> = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            object.next_value_seed(inner)?;
            if let Some(twice) = names.replace(name) {
                let twice = crate::form::short(&twice);
                return Err(de::Error::custom(format!(
                    "{OWN}Metadata has the field “{twice}” twice."
                )));
            }
        }
        Ok(())
    }
}

/// The names of the fields of an object.
fn fields(json: &str) -> Vec<String> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some((name, _)) = object.next_entry::<String, de::IgnoredAny>()? {
                names.push(name);
            }
            Ok(names)
        }
    }

    serde_json::Deserializer::from_str(json)
        .deserialize_map(Names)
        .unwrap_or_default()
}

/// A character of JSON, and whether it is inside of a text.
fn characters(json: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut in_text, mut escaped) = (false, false);
    json.chars().map(move |character| {
        let was_in_text = in_text;
        match character {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ => {}
        }
        (character, was_in_text || in_text)
    })
}

/// Valid JSON without the white space between its parts.
fn compact(json: &str) -> String {
    characters(json)
        .filter(|(character, in_text)| *in_text || !character.is_ascii_whitespace())
        .map(|(character, _)| character)
        .collect()
}

/// Compact JSON with one field or item a line.
fn pretty(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut characters = characters(json).peekable();
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some((character, in_text)) = characters.next() {
        match character {
            _ if in_text => text.push(character),
            '{' | '[' if matches!(characters.peek(), Some(('}' | ']', false))) => text.push(character),
            '{' | '[' => {
                depth += 1;
                text.push(character);
                line(&mut text, depth);
            }
            '}' | ']' => {
                if !text.ends_with(['{', '[']) {
                    depth = depth.saturating_sub(1);
                    line(&mut text, depth);
                }
                text.push(character);
            }
            ',' => {
                text.push(character);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        Metadata::read(text).unwrap().as_json().unwrap_or_default().to_owned()
    }

    #[test]
    fn white_space_goes_and_everything_else_stays() {
        assert_eq!(
            read(" { \"plan\" : \"pro  \\\" {\" , \"n\": [1, 2.50, 12345678901234567890123, null] }\n"),
            r#"{"plan":"pro  \" {","n":[1,2.50,12345678901234567890123,null]}"#
        );
        assert_eq!(read(r#"{"z":1,"a":2}"#), r#"{"z":1,"a":2}"#);
        assert_eq!(read(" { } "), "");
        assert_eq!(read(""), "");
    }

    #[test]
    fn what_is_no_object_within_the_bounds_is_refused_with_a_sentence() {
        let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(Metadata::read(&deep(DEPTH_MAX)).is_ok());
        let long = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        assert_eq!(read(&long(BYTES_MAX)).len(), BYTES_MAX);
        for (wrong, message) in [
            ("[1]", "Metadata is a JSON object, such as {\"plan\": \"pro\"}."),
            ("plan", "Metadata is a JSON object, such as {\"plan\": \"pro\"}."),
            ("{\"a\":1", "This is not valid JSON (line 1, column 6)."),
            ("{\"a\":1} x", "This is not valid JSON (line 1, column 9)."),
            ("{\"a\":1e999}", "This is not valid JSON (line 1, column 10)."),
            ("{\"a\":1,\"a\":2}", "Metadata has the field “a” twice."),
            (&deep(DEPTH_MAX + 1), "Metadata can be nested 16 deep at most."),
            (&deep(1_000), "Metadata can be nested 16 deep at most."),
            (
                &long(BYTES_MAX + 1),
                "Metadata has at most 4096 bytes without white space; this has 4097.",
            ),
        ] {
            assert_eq!(
                Metadata::read(wrong).unwrap_err(),
                message,
                "{}",
                crate::form::short(wrong)
            );
        }
    }

    #[test]
    fn words_name_the_fields_and_no_values() {
        let metadata = Metadata::read(r#"{"plan":"pro","seats":{"paid":3}}"#).unwrap();
        assert_eq!(metadata.in_words(), "plan, seats (33 bytes)");
        assert_eq!(Metadata::default().in_words(), "none");
        let many: Vec<String> = (0..11).map(|number| format!("\"f{number}\":1")).collect();
        let many = Metadata::read(&format!("{{{}}}", many.join(","))).unwrap();
        assert!(many.in_words().contains("f9, … ("), "{}", many.in_words());
    }

    #[test]
    fn for_people_each_field_has_a_line() {
        let metadata = Metadata::read(r#"{"plan":"a,b","seats":[],"x":{"y":[1,2]}}"#).unwrap();
        assert_eq!(
            metadata.pretty(),
            "{\n  \"plan\": \"a,b\",\n  \"seats\": [],\n  \"x\": {\n    \"y\": [\n      1,\n      2\n    ]\n  }\n}"
        );
        assert_eq!(Metadata::read(&metadata.pretty()), Ok(metadata));
    }

    proptest! {
        #[test]
        fn texts_survive(key in ".{0,20}", value in ".{0,50}") {
            let json = serde_json::json!({ key: value });
            let metadata = Metadata::read(&serde_json::to_string_pretty(&json).unwrap()).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(metadata.as_json().unwrap()).unwrap(), json.clone());
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&metadata.pretty()).unwrap(), json);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = Metadata::read(&text);
            let _ = Metadata::read(&format!("{{{text}}}"));
        }
    }
}
