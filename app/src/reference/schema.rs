//! Schemas in words: the type of a field, its bounds, and the fields of an object with those of the objects in it.

use leptos::serde_json::Value;
// The content is made once for all languages, and the texts of the description have commas as well.
use model::number::grouped;

use super::description::{Document, text};

/// How deep fields of fields are listed.
const DEPTH: usize = 4;

/// A field of a body, or a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// With the names of the objects around it: `rateLimit.second`.
    pub(super) name: String,
    pub(super) kind: String,
    /// What a value must be besides its type.
    pub(super) bounds: Vec<String>,
    pub(super) required: bool,
    pub(super) about: String,
}

/// A field as its object declares it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a Value,
    pub(super) required: bool,
}

impl Document {
    /// The schema without "or null", and without a reference.
    pub(super) fn without_null<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let others = schema["oneOf"].as_array().into_iter().flatten();
        let other = others.into_iter().find(|part| part["type"] != "null");
        self.resolved(other.unwrap_or(schema))
    }

    /// The fields that an object declares itself: those that are required in the order of their declaration, then the others.
    pub(super) fn properties<'a>(&'a self, schema: &'a Value) -> Vec<Property<'a>> {
        let schema = self.resolved(schema);
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().flat_map(|part| self.properties(part)).collect();
        }
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let place = |name: &str| required.iter().position(|required| *required == name);
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut all: Vec<Property<'_>> = properties
            .map(|(name, schema)| Property {
                name,
                schema,
                required: place(name).is_some(),
            })
            .collect();
        all.sort_by_key(|property| place(property.name).unwrap_or(usize::MAX));
        all
    }

    /// The fields of an object, each followed by the fields of the object that is its value.
    pub(super) fn fields(&self, schema: &Value) -> Vec<Field> {
        let mut all = Vec::new();
        self.add_fields(schema, "", DEPTH, &mut all);
        all
    }

    fn add_fields(&self, schema: &Value, before: &str, depth: usize, all: &mut Vec<Field>) {
        for property in self.properties(schema) {
            let name = format!("{before}{}", property.name);
            let value = self.without_null(property.schema);
            let items = &value["items"];
            let (inner, before) = if items.is_object() {
                (self.without_null(items), format!("{name}[]."))
            } else {
                (value, format!("{name}."))
            };
            all.push(Field {
                name,
                kind: self.kind(property.schema),
                bounds: self.bounds(property.schema),
                required: property.required,
                about: self.about(property.schema),
            });
            if depth > 0 {
                self.add_fields(inner, &before, depth - 1, all);
            }
        }
    }

    /// What a field is for: what stands at it, or else at its type.
    fn about(&self, schema: &Value) -> String {
        let parts = schema["oneOf"].as_array().into_iter().flatten();
        let mut all = std::iter::once(schema).chain(parts);
        let own = all.find_map(|part| part["description"].as_str());
        let type_of = || self.without_null(schema)["description"].as_str();
        own.or_else(type_of).unwrap_or_default().to_owned()
    }

    /// The type in words, such as `list of string` or `date-time or null`.
    pub(super) fn kind(&self, schema: &Value) -> String {
        let value = self.without_null(schema);
        let types: Vec<&str> = match &value["type"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let nullable = types.contains(&"null") || schema["oneOf"].is_array();
        let word = types.into_iter().find(|word| *word != "null").unwrap_or("object");
        let word = match (word, value["format"].as_str()) {
            ("array", _) => format!("list of {}", self.kind(&value["items"])),
            ("string", Some(format @ ("date" | "date-time"))) => format.to_owned(),
            _ => word.to_owned(),
        };
        if nullable { format!("{word} or null") } else { word }
    }

    /// What a value must be besides its type.
    fn bounds(&self, schema: &Value) -> Vec<String> {
        let value = self.without_null(schema);
        let mut all = Vec::new();
        if let Some(words) = value["enum"].as_array() {
            let words: Vec<String> = words
                .iter()
                .filter_map(Value::as_str)
                .map(|word| format!("`{word}`"))
                .collect();
            all.push(words.join(", "));
        }
        let number = |name: &str| value[name].as_u64().map(grouped);
        match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => all.push(format!("{least} to {most}")),
            (Some(least), None) => all.push(format!("{least} or more")),
            (None, Some(most)) => all.push(format!("at most {most}")),
            (None, None) => {}
        }
        match (number("minLength"), number("maxLength")) {
            (Some(least), Some(most)) => all.push(format!("{least} to {most} characters")),
            (Some(_), None) => all.push("not empty".to_owned()),
            (None, Some(most)) => all.push(format!("at most {most} characters")),
            (None, None) => {}
        }
        if let Some(least) = number("minItems") {
            all.push(format!("at least {least}"));
        }
        if let Some(pattern) = value["pattern"].as_str() {
            all.push(format!("`{pattern}`"));
        }
        all
    }

    /// A parameter of an operation.
    pub(super) fn parameter(&self, parameter: &Value) -> Field {
        let parameter = self.resolved(parameter);
        let schema = &parameter["schema"];
        let mut bounds = self.bounds(schema);
        bounds.extend(self.bounds(&self.without_null(schema)["items"]));
        Field {
            name: text(&parameter["name"]),
            kind: format!("{}, {}", text(&parameter["in"]), self.kind(schema)),
            bounds,
            required: parameter["required"] == true,
            about: text(&parameter["description"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use leptos::serde_json::json;

    use super::*;

    fn document() -> Document {
        Document::new(json!({"components": {"schemas": {
            "Limit": {"type": "object", "description": "Requests allowed", "properties": {
                "day": {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
            }},
            "Switch": {"type": "string", "enum": ["active", "inactive"]},
        }}}))
    }

    #[test]
    fn the_fields_of_an_object_in_an_object_follow_it() {
        let schema = json!({"type": "object", "required": ["name"], "properties": {
            "endpoints": {"type": "array", "items": {"type": "string"}},
            "limit": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Limit"}]},
            "name": {"type": "string", "minLength": 1, "maxLength": 100, "description": "What people read"},
            "status": {"$ref": "#/components/schemas/Switch"},
        }});
        let document = document();
        let fields = document.fields(&schema);
        let told: Vec<String> = fields
            .iter()
            .map(|field| {
                format!(
                    "{} ({}; {}) {}",
                    field.name,
                    field.kind,
                    field.bounds.join("; "),
                    field.about
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "name (string; 1 to 100 characters) What people read",
                "endpoints (list of string; ) ",
                "limit (object or null; ) Requests allowed",
                "limit.day (integer or null; 1 to 1,000,000) ",
                "status (string; `active`, `inactive`) ",
            ]
        );
        assert!(fields.first().is_some_and(|field| field.required));
    }
}
