//! JSON as people read it: fields in the order of their schema, short values on one line, and secrets that are read from the environment.

use leptos::serde_json::{Value, to_string};

use super::description::Document;

/// The longest value that stands on one line, in characters.
const LINE: usize = 64;
/// Stands before and after the name of a variable in a text that still has to be put into quotes.
pub(super) const MARK: char = '\u{1}';

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number or a text, as JSON writes it.
    Plain(String),
    /// A text that is read from this variable of the environment.
    Secret(&'static str),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How a language writes what languages write differently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) null: &'static str,
    pub(super) booleans: [&'static str; 2],
    pub(super) secret: fn(&str) -> String,
}

/// JSON itself. A secret stands between marks, for whoever puts it into a line.
pub(super) const JSON: Dialect = Dialect {
    null: "null",
    booleans: ["false", "true"],
    secret: |name| format!("\"{MARK}{name}{MARK}\""),
};

impl Json {
    /// The value, with its fields in the order of the schema.
    pub(super) fn new(value: &Value, schema: &Value, document: &Document) -> Self {
        let schema = document.without_null(schema);
        match value {
            Value::Null => Self::Null,
            Value::Bool(on) => Self::Bool(*on),
            Value::String(_) if schema["format"] == "password" => Self::Secret("LATCHKEY_TOKEN"),
            Value::Number(_) | Value::String(_) => Self::Plain(to_string(value).unwrap_or_default()),
            Value::Array(items) => {
                let items = items.iter().map(|item| Self::new(item, &schema["items"], document));
                Self::List(items.collect())
            }
            Value::Object(fields) => {
                let properties = document.properties(schema);
                let place = |name: &str| properties.iter().position(|property| property.name == name);
                let mut all: Vec<_> = fields.iter().collect();
                all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
                let fields = all.into_iter().map(|(name, value)| {
                    let schema = place(name).and_then(|place| properties.get(place));
                    let schema = schema.map_or(&Value::Null, |property| property.schema);
                    (name.clone(), Self::new(value, schema, document))
                });
                Self::Object(fields.collect())
            }
        }
    }

    /// Writes the value. `indent` is the number of spaces before its last line.
    pub(super) fn write(&self, dialect: &Dialect, indent: usize) -> String {
        let line = self.line(dialect);
        if line.chars().count() <= LINE {
            return line;
        }
        let inner = indent + 2;
        let (open, close, items): (_, _, Vec<String>) = match self {
            Self::List(items) => ('[', ']', items.iter().map(|item| item.write(dialect, inner)).collect()),
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {}", value.write(dialect, inner)));
                ('{', '}', fields.collect())
            }
            _ => return line,
        };
        let room = " ".repeat(inner);
        let items = items.join(&format!(",\n{room}"));
        format!("{open}\n{room}{items}\n{}{close}", " ".repeat(indent))
    }

    fn line(&self, dialect: &Dialect) -> String {
        match self {
            Self::Null => dialect.null.to_owned(),
            Self::Bool(on) => dialect.booleans[usize::from(*on)].to_owned(),
            Self::Plain(text) => text.clone(),
            Self::Secret(name) => (dialect.secret)(name),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.line(dialect)).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {}", value.line(dialect)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
        }
    }

    /// Whether it has a secret.
    pub(super) fn has_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::List(items) => items.iter().any(Self::has_secret),
            Self::Object(fields) => fields.iter().any(|(_, value)| value.has_secret()),
            _ => false,
        }
    }
}
