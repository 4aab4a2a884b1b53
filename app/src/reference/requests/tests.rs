use leptos::serde_json::json;

use super::*;

fn document() -> Document {
    Document::new(json!({"components": {
        "parameters": {"If-Match": {"name": "If-Match", "in": "header", "schema": {"type": "string"}}},
        "schemas": {"NewKey": {"type": "object", "required": ["name", "environment"], "properties": {
            "endpoints": {"type": "array", "items": {"type": "string"}},
            "environment": {"type": "string"},
            "expiresAt": {"type": ["string", "null"]},
            "name": {"type": "string"},
        }}},
    }}))
}

/// A request that has everything: a parameter in the path, one in the query, a header, a quote in its body.
fn create_key() -> Request {
    let operation = json!({
        "parameters": [
            {"name": "id", "in": "path", "example": "env_8fQ2nLw0Zz"},
            {"name": "limit", "in": "query", "example": 10},
            {"name": "search", "in": "query"},
            {"$ref": "#/components/parameters/If-Match"},
        ],
        "requestBody": {"content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/NewKey"},
            "example": {"endpoints": ["chat", "check-bias"], "environment": "default", "expiresAt": null, "name": "Mara's shop"},
        }}},
        "responses": {"201": {"content": {"application/json": {}}}, "400": {}},
        "security": [{"serviceToken": []}],
    });
    Request::new("/manage/v1/{id}/keys", "post", &operation, &document())
}

#[test]
fn a_request_in_curl() {
    let expected = r#"curl "https://latchkey.invalid/manage/v1/env_8fQ2nLw0Zz/keys?limit=10" \
  -H "Authorization: Bearer $LATCHKEY_SERVICE_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Mara'\''s shop",
    "environment": "default",
    "endpoints": ["chat", "check-bias"],
    "expiresAt": null
  }'"#;
    assert_eq!(Language::Curl.write(&create_key()), expected);
}

#[test]
fn a_request_in_javascript() {
    let expected = r#"const response = await fetch("https://latchkey.invalid/manage/v1/env_8fQ2nLw0Zz/keys?limit=10", {
  method: "POST",
  headers: {
    "Authorization": `Bearer ${process.env.LATCHKEY_SERVICE_TOKEN}`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    "name": "Mara's shop",
    "environment": "default",
    "endpoints": ["chat", "check-bias"],
    "expiresAt": null
  }),
});
console.log(response.status, await response.json());"#;
    assert_eq!(Language::JavaScript.write(&create_key()), expected);
}

#[test]
fn a_request_in_python() {
    let expected = r#"import json
import os
import urllib.request

request = urllib.request.Request(
    "https://latchkey.invalid/manage/v1/env_8fQ2nLw0Zz/keys?limit=10",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["LATCHKEY_SERVICE_TOKEN"],
        "Content-Type": "application/json",
    },
    data=json.dumps({
      "name": "Mara's shop",
      "environment": "default",
      "endpoints": ["chat", "check-bias"],
      "expiresAt": None
    }).encode(),
)
with urllib.request.urlopen(request) as response:
    print(response.status, json.load(response))"#;
    assert_eq!(Language::Python.write(&create_key()), expected);
}

#[test]
fn a_request_in_go() {
    let expected = "package main\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n)\n\nfunc main() {\n\t\
                    body := strings.NewReader(`{\n  \"name\": \"Mara's shop\",\n  \"environment\": \"default\",\n  \
                    \"endpoints\": [\"chat\", \"check-bias\"],\n  \"expiresAt\": null\n}`)\n\t\
                    request, err := http.NewRequest(\"POST\", \
                    \"https://latchkey.invalid/manage/v1/env_8fQ2nLw0Zz/keys?limit=10\", body)\n\t\
                    if err != nil {\n\t\tpanic(err)\n\t}\n\t\
                    request.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"LATCHKEY_SERVICE_TOKEN\"))\n\t\
                    request.Header.Set(\"Content-Type\", \"application/json\")\n\t\
                    response, err := http.DefaultClient.Do(request)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\t\
                    defer response.Body.Close()\n\tanswer, err := io.ReadAll(response.Body)\n\t\
                    if err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println(response.Status, string(answer))\n}";
    assert_eq!(Language::Go.write(&create_key()), expected);
}

#[test]
fn a_secret_in_a_body_is_read_from_the_environment() {
    let operation = json!({
        "requestBody": {"content": {"application/json": {
            "schema": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", "format": "password"}}},
            "example": {"key": "sk_live_…", "endpoint": "chat"},
        }}},
        "responses": {"200": {"content": {"application/json": {}}}},
        "security": [{}],
    });
    let request = Request::new("/v1/keys/verify", "post", &operation, &document());
    let has = |language: Language, text: &str| {
        let written = language.write(&request);
        assert!(written.contains(text), "{written}");
        assert!(
            !written.contains("Authorization") && !written.contains("sk_live"),
            "{written}"
        );
    };
    has(
        Language::Curl,
        r#"-d '{"key": "'"$LATCHKEY_TOKEN"'", "endpoint": "chat"}'"#,
    );
    has(
        Language::JavaScript,
        r#"JSON.stringify({"key": process.env.LATCHKEY_TOKEN, "endpoint": "chat"})"#,
    );
    has(
        Language::Python,
        r#"json.dumps({"key": os.environ["LATCHKEY_TOKEN"], "endpoint": "chat"})"#,
    );
    has(
        Language::Go,
        r#"`{"key": "` + os.Getenv("LATCHKEY_TOKEN") + `", "endpoint": "chat"}`"#,
    );
}

#[test]
fn a_request_without_a_body_shows_the_headers_of_an_answer_without_one() {
    let operation = json!({
        "parameters": [{"name": "id", "in": "path", "example": "key_8fQ2nLw0Zz"}],
        "responses": {"204": {}},
        "security": [{"serviceToken": []}],
    });
    let delete = Request::new("/manage/v1/keys/{id}", "delete", &operation, &document());
    assert_eq!(
        Language::Curl.write(&delete),
        "curl -i -X DELETE \"https://latchkey.invalid/manage/v1/keys/key_8fQ2nLw0Zz\" \\\n  -H \"Authorization: Bearer \
         $LATCHKEY_SERVICE_TOKEN\""
    );
    let get = Request::new("/manage/v1/keys/{id}", "get", &operation, &document());
    assert!(
        get.url.ends_with(&format!("/key_{REAL_ID}")),
        "a request that reads gets the ID of a real key"
    );
    for language in Language::ALL {
        assert_eq!(Language::parse(language.slug()), language);
    }
    assert_eq!(Language::parse("cobol"), Language::Curl);
}
