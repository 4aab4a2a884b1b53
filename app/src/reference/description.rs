//! The `OpenAPI` description, as the screen tells it: operations by subject, objects, headers and error codes.

use std::collections::BTreeMap;

use leptos::serde_json::{Map, Value};

use super::json::{JSON, Json};
use super::requests::Request;
use super::schema::Field;

/// The methods in the order in which people read about them.
const METHODS: [&str; 5] = ["post", "get", "patch", "put", "delete"];
const PROBLEM: &str = "application/problem+json";

/// The whole description, whose references can be resolved.
#[derive(Debug)]
pub(super) struct Document(Value);

/// What the screen shows.
#[derive(Debug, Default)]
pub(super) struct Description {
    pub(super) about: String,
    pub(super) groups: Vec<Group>,
    /// The objects that refused requests are answered with.
    pub(super) problems: Vec<Object>,
    pub(super) errors: Vec<ErrorCode>,
    pub(super) headers: Vec<(String, String)>,
}

/// The operations of one subject.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) operations: Vec<Operation>,
    pub(super) objects: Vec<Object>,
}

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) about: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Field>,
    pub(super) answers: Vec<Answer>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) request: Request,
}

/// An answer to a request that was not refused.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) about: String,
    pub(super) content: Option<Content>,
    pub(super) headers: Vec<Header>,
}

#[derive(Debug)]
pub(super) struct Content {
    /// `Key` or `list of Key`, or the media type where it is no JSON.
    pub(super) kind: String,
    /// The object that has an entry of its own.
    pub(super) object: Option<String>,
    pub(super) example: String,
}

/// A header of an answer. One that many answers have is described once, in a list of its own.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) about: Option<String>,
}

/// The codes with which a request may be refused, for one status.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: String,
    pub(super) codes: Vec<String>,
}

/// An object that answers have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) about: String,
    /// The object all of whose fields it has, too.
    pub(super) base: Option<String>,
    pub(super) fields: Vec<Field>,
}

/// A code, with what it means in each of the two APIs.
#[derive(Debug)]
pub(super) struct ErrorCode {
    pub(super) code: String,
    pub(super) meanings: Vec<Meaning>,
}

#[derive(Debug)]
pub(super) struct Meaning {
    /// Which API answers so.
    pub(super) api: &'static str,
    pub(super) status: String,
    pub(super) about: String,
    pub(super) headers: Vec<Header>,
    pub(super) example: String,
}

/// The text of a value that is one.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The last part of a reference.
fn referenced_name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The headers of an answer. Those that are described once are only named.
fn headers(response: &Value) -> Vec<Header> {
    let headers = entries(&response["headers"]).map(|(name, header)| Header {
        name: name.clone(),
        about: header["description"].as_str().map(str::to_owned),
    });
    headers.collect()
}

impl Document {
    pub(super) const fn new(document: Value) -> Self {
        Self(document)
    }

    /// What a reference refers to; other values are returned as they are.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let place = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        place.and_then(|place| self.0.pointer(place)).unwrap_or(value)
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let (mut answers, mut refusals) = (Vec::new(), Vec::new());
        for (status, response) in entries(&operation["responses"]) {
            let response = self.resolved(response);
            if response["content"][PROBLEM].is_object() {
                let codes = entries(&response["content"][PROBLEM]["examples"]);
                refusals.push(Refusal {
                    status: status.clone(),
                    codes: codes.map(|(code, _)| code.clone()).collect(),
                });
            } else {
                answers.push(self.answer(status, response));
            }
        }
        Operation {
            id: text(&operation["operationId"]),
            summary: text(&operation["summary"]),
            about: text(&operation["description"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: parameters.map(|parameter| self.parameter(parameter)).collect(),
            body: self.fields(body),
            answers,
            refusals,
            request: Request::new(path, method, operation, self),
        }
    }

    fn answer(&self, status: &str, response: &Value) -> Answer {
        let content = entries(&response["content"]).next();
        Answer {
            status: status.to_owned(),
            about: text(&response["description"]),
            content: content.map(|(media_type, content)| self.content(media_type, content)),
            headers: headers(response),
        }
    }

    fn content(&self, media_type: &str, content: &Value) -> Content {
        let schema = &content["schema"];
        let example = &content["example"];
        if media_type != "application/json" {
            return Content {
                kind: media_type.to_owned(),
                object: None,
                example: text(example),
            };
        }
        let (object, is_list) = self.main_object(schema);
        Content {
            kind: if is_list { "list of " } else { "" }.to_owned(),
            object: object.map(str::to_owned),
            example: Json::new(example, schema, self).write(&JSON, 0),
        }
    }

    /// The object that an answer has, and whether it has a page of them.
    fn main_object<'a>(&'a self, schema: &'a Value) -> (Option<&'a str>, bool) {
        let properties = &self.resolved(schema)["properties"];
        if properties["nextCursor"].is_object() {
            return (referenced_name(&properties["data"]["items"]), true);
        }
        (referenced_name(schema), false)
    }

    fn object(&self, name: &str) -> Object {
        let schema = &self.0["components"]["schemas"][name];
        let parts = schema["allOf"].as_array();
        let base = parts.and_then(|parts| parts.iter().find_map(referenced_name));
        let fields = match parts {
            Some(parts) if base.is_some() => {
                let own = parts.iter().filter(|part| part["$ref"].is_null());
                own.flat_map(|part| self.fields(part)).collect()
            }
            _ => self.fields(schema),
        };
        Object {
            name: name.to_owned(),
            about: text(&schema["description"]),
            base: base.map(str::to_owned),
            fields,
        }
    }

    /// The codes, by name. The same code of both APIs is one entry.
    fn errors(&self) -> Vec<ErrorCode> {
        let mut all: BTreeMap<&str, Vec<Meaning>> = BTreeMap::new();
        let shared = entries(&self.0["components"]["responses"]).map(|(_, response)| response);
        let own = entries(&self.0["paths"])
            .flat_map(|(_, item)| entries(item))
            .flat_map(|(_, operation)| entries(&operation["responses"]))
            .map(|(_, response)| response);
        for response in shared.chain(own) {
            let content = &response["content"][PROBLEM];
            let api = match referenced_name(&content["schema"]) {
                Some("Problem") => "Management API",
                _ => "Verifier",
            };
            for (code, example) in entries(&content["examples"]) {
                let meanings = all.entry(code).or_default();
                if meanings.iter().any(|meaning| meaning.api == api) {
                    continue;
                }
                meanings.push(Meaning {
                    api,
                    status: example["value"]["status"].to_string(),
                    about: text(&example["summary"]),
                    headers: headers(response),
                    example: Json::new(&example["value"], &content["schema"], self).write(&JSON, 0),
                });
            }
        }
        let all = all.into_iter().map(|(code, meanings)| ErrorCode {
            code: code.to_owned(),
            meanings,
        });
        all.collect()
    }
}

impl Description {
    pub(super) fn read(document: Value) -> Self {
        let document = Document::new(document);
        let mut groups: Vec<Group> = document.0["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tag| Group::new(&text(&tag["name"]), text(&tag["description"])))
            .collect();
        for (path, item) in entries(&document.0["paths"]) {
            for method in METHODS {
                let operation = &item[method];
                if operation.is_null() {
                    continue;
                }
                let tag = text(&operation["tags"][0]);
                let operation = document.operation(path, method, operation);
                match groups.iter_mut().find(|group| group.title == tag) {
                    Some(group) => group.operations.push(operation),
                    None => groups.push(Group {
                        operations: vec![operation],
                        ..Group::new(&tag, String::new())
                    }),
                }
            }
        }
        let mut told: Vec<String> = Vec::new();
        for group in &mut groups {
            for operation in &group.operations {
                let contents = operation.answers.iter().filter_map(|answer| answer.content.as_ref());
                for name in contents.filter_map(|content| content.object.clone()) {
                    let object = document.object(&name);
                    let base = object.base.as_deref().map(|base| document.object(base));
                    for object in base.into_iter().chain([object]) {
                        if !told.contains(&object.name) {
                            told.push(object.name.clone());
                            group.objects.push(object);
                        }
                    }
                }
            }
        }
        let headers = entries(&document.0["components"]["headers"]);
        Self {
            about: text(&document.0["info"]["description"]),
            problems: ["Problem", "VerifierProblem"].map(|name| document.object(name)).into(),
            errors: document.errors(),
            headers: headers
                .map(|(name, header)| (name.clone(), text(&header["description"])))
                .collect(),
            groups,
        }
    }
}

impl Group {
    fn new(title: &str, about: String) -> Self {
        Self {
            title: title.to_owned(),
            about,
            operations: Vec::new(),
            objects: Vec::new(),
        }
    }

    /// Identifies it on the screen.
    pub(super) fn id(&self) -> String {
        format!("group-{}", self.title.to_lowercase().replace(' ', "-"))
    }
}
