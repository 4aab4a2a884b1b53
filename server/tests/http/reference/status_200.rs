//! Everything that the description has stands on the screen, for every role and without scripts.

use model::endpoint::Grant;
use model::role::Role;
use serde_json::Value;

use crate::common::TestApp;
use crate::manage::description;

const LANGUAGES: [&str; 4] = ["curl", "javascript", "python", "go"];

/// The operations of the management API and of the verifier, with their methods and paths.
fn operations(description: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (path, method, operation))
    });
    all.collect()
}

/// The page as text: without the marks of the rendering, and with the letters that HTML escapes.
fn text(page: &str) -> String {
    page.replace("<!>", "")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The part of the page from the element with this id on, up to the next entry.
fn entry<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("<article id=\"{id}\""));
    let from = &page[start.unwrap_or_else(|| panic!("{id} has no entry"))..];
    from.split("</article>").next().unwrap()
}

#[tokio::test]
async fn every_operation_is_there_with_a_request_in_each_language() {
    let app = TestApp::new().await.with_owner().await;
    let page = text(&app.get("/reference").await.body);
    assert_eq!(page.matches("<h1").count(), 1);
    let description = description();
    let all = operations(&description);
    assert!(all.len() > 30);
    for (path, method, operation) in all {
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            page.contains(&format!("<li><a href=\"#{id}\"")),
            "{id} is not in the contents"
        );
        let entry = entry(&page, id);
        let has = |what: &str| assert!(entry.contains(what), "{id} has no {what}: {entry}");
        has(&format!("<strong>{}</strong> {path}", method.to_uppercase()));
        has(operation["summary"].as_str().unwrap());
        for language in LANGUAGES {
            let request = entry.split(&format!("id=\"{id}-{language}\"")).nth(1).unwrap();
            let request = request.split("</pre>").next().unwrap();
            assert!(request.contains("http://latchkey.test/"), "{request}");
            assert!(request.contains("LATCHKEY_"), "{request}");
            assert!(!request.contains("lkm_") && !request.contains("sk_live_"), "{request}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            has(&format!(">{status}</"));
            for header in response["headers"].as_object().into_iter().flatten() {
                // Those of refused requests stand at their codes.
                if status.starts_with('2') {
                    has(&format!(">{}</code>", header.0));
                }
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let resolved = parameter["$ref"].as_str().and_then(|at| description.pointer(&at[1..]));
            let name = resolved.unwrap_or(parameter)["name"].as_str().unwrap();
            has(&format!(">{name}</code>"));
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        if let Some(schema) = body.as_str().and_then(|at| description.pointer(&at[1..])) {
            for name in schema["properties"].as_object().unwrap().keys() {
                has(&format!(">{name}</code>"));
            }
        }
    }
}

#[tokio::test]
async fn every_error_code_and_header_has_an_entry_to_which_others_link() {
    let app = TestApp::new().await.with_owner().await;
    let page = text(&app.get("/reference").await.body);
    let description = description();
    for code in server::http::ManageProblemCode::ALL {
        let entry = entry(&page, code.as_str());
        assert!(entry.contains(code.meaning().split('`').next().unwrap()), "{entry}");
        assert!(entry.contains(&format!(">{}</code>", code.status())), "{entry}");
    }
    for (status, code) in model_codes() {
        let entry = entry(&page, code);
        assert!(entry.contains(&format!(">{status}</code>")), "{entry}");
        assert!(entry.contains("Verifier"), "{entry}");
    }
    for header in description["components"]["headers"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"header-{header}\"")), "{header}");
    }
    // No link leads nowhere.
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "#{id}");
    }
    // No two places have one name.
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

/// The codes with which the verifier refuses a key.
fn model_codes() -> Vec<(u16, &'static str)> {
    let all = model::verify::Code::ALL.iter().map(|code| code.http());
    all.filter_map(|(status, code)| code.map(|code| (status, code)))
        .collect()
}

#[tokio::test]
async fn reading_requests_name_what_the_person_can_read_and_others_nothing_real() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    let page = text(&app.get("/reference").await.body);
    let get = entry(&page, "getKey");
    assert!(get.contains(&format!("/manage/v1/keys/{}\"", key.id)), "{get}");
    for id in ["editKey", "deleteKey", "rotateKey", "explainKey", "endOldToken"] {
        let entry = entry(&page, id);
        assert!(
            !entry.contains(key.id.as_str()),
            "{id}: a pasted line must not change a real key"
        );
        assert!(entry.contains("key_8fQ2nLw0Zz"), "{id}");
    }
    for id in ["editEndpoint", "retireEndpoint"] {
        let entry = entry(&page, id);
        assert!(entry.contains("/endpoints/translate\""), "{id}: {entry}");
    }
    // The examples of answers keep their IDs.
    let request = |id: &str| entry(&page, id).split("<h4>").next().unwrap().to_owned();
    assert!(!request("getEnvironment").contains("8fQ2nLw0Zz"));
    assert!(!request("getUser").contains("8fQ2nLw0Zz"));
    assert!(!page.contains("real-object") && !page.contains("latchkey.invalid"));
    assert!(!page.contains(&key.token));
}

#[tokio::test]
async fn every_role_reads_it_and_finds_it_in_the_sidebar() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let page = app.get("/reference").await;
        assert_eq!(page.status, 200, "{role:?}");
        assert!(page.body.contains("id=\"createKey\""), "{role:?}");
        let home = app.get("/").await.body;
        let sidebar = home.split("</nav>").next().unwrap();
        assert!(sidebar.contains("href=\"/reference\""), "{role:?}: {sidebar}");
    }
}

#[tokio::test]
async fn the_language_that_was_read_last_is_chosen() {
    let app = TestApp::new().await.with_owner().await;
    let chosen = |page: &str| {
        let checked = page
            .split("<input")
            .find(|input| input.split('>').next().unwrap().contains(" checked"));
        checked.and_then(|input| input.split("value=\"").nth(1)?.split('"').next().map(str::to_owned))
    };
    assert_eq!(chosen(&app.get("/reference").await.body).as_deref(), Some("curl"));
    let instance = app.services.instance().to_owned();
    for (word, language) in [("python", "python"), ("\"><script>", "curl")] {
        let mut cookies = app.cookies();
        cookies.insert(format!("latchkey_language_{instance}"), word.to_owned());
        app.use_cookies(cookies);
        let page = app.get("/reference").await.body;
        assert_eq!(chosen(&page).as_deref(), Some(language), "{word}");
    }
}
