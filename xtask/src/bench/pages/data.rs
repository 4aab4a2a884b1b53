//! A server with data as a team might have them after some months: people, customers, bias profiles, keys of all kinds, and uses.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::header;

use crate::bench::process::agent;
use crate::bench::server::{Data, Server, VIEWER_PASSWORD};

/// The keys have the names of all pairs, so they fill a page of 50 and a part of the next.
const SERVICES: [&str; 12] = [
    "Checkout",
    "Mobile app",
    "Partner portal",
    "Product search",
    "Support desk",
    "Recommendations",
    "Billing",
    "Nightly import",
    "Data warehouse",
    "Chat on the home page",
    "Content review",
    "Internal tools",
];
const PLACES: [&str; 6] = ["Europe", "North America", "Asia", "load tests", "canary", "on call"];
const CUSTOMERS: [&str; 16] = [
    "Northwind Traders",
    "Acme Corporation",
    "Contoso",
    "Fabrikam",
    "Tailspin Toys",
    "Adventure Works",
    "Wide World Importers",
    "Globex",
    "Initech",
    "Umbrella Logistics",
    "Stark & Söhne",
    "Hooli",
    "Vandelay Industries",
    "Wonka Sweets",
    "Cyberdyne Research",
    "Soylent Foods",
];
/// The beginning of an address, a name, and a role.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("ada", "Ada Lindqvist", "admin"),
    ("jonas", "Jonas Weber", "admin"),
    ("priya", "Priya Raman", "developer"),
    ("luis", "Luís Ferreira", "developer"),
    ("mei", "Mei Tanaka", "developer"),
    ("sam", "Sam Okafor", "viewer"),
];
const ENVIRONMENTS: [(&str, &str); 2] = [("production", "live"), ("staging", "test")];
const ENDPOINTS: [&str; 3] = ["chat", "image", "check-bias"];
/// Keys that end soon.
const ENDING: usize = 6;
/// One key in this many is disabled.
const DISABLED: usize = 12;
/// The longest time until all keys are active.
const PROVISIONING_LIMIT: Duration = Duration::from_mins(1);
/// Twice the interval at which a server stores uses.
const FLUSH_TIME: Duration = Duration::from_secs(10);

/// Makes the data, and returns the server with its owner logged in.
pub(super) fn start(program: &Path) -> Result<Server> {
    // The owner comes first: a server makes one only while there is nobody.
    let data = Data::new(program)?.serve_and_log_in()?.kill();
    for (address, name, role) in PEOPLE {
        let email = format!("{address}@example.com");
        let add = ["user", "add", "--role", role, "--name", name, "--email", &email];
        data.run_with_line(&add, VIEWER_PASSWORD)?;
    }
    import_customers(&data)?;
    // Made while no server runs, so they are active at once.
    for service in SERVICES.iter().take(ENDING) {
        let name = format!("{service}, trial");
        let output = data.file("tokens");
        let output = output.to_str().context("the temporary folder's name is not text")?;
        let options = ["--environment", "default", "--expires", "9d", "--output", output];
        data.run(&[&["key", "create", "--name", &name][..], &options].concat())?;
        fs::remove_file(output).context("a new token cannot be removed")?;
    }
    let token = data.service_account("admin")?;
    let server = data.serve_and_log_in()?;
    let program = Program::new(&server, &token);
    for (name, kind) in ENVIRONMENTS {
        program.create("environments", &json!({"name": name, "kind": kind}))?;
    }
    let profiles = [
        ("Strict", 30, "block"),
        ("Balanced", 60, "block"),
        ("Watch", 50, "flag"),
    ];
    let profiles = profiles.map(|(name, threshold, action)| {
        let category =
            |category: &str| json!({"category": category, "on": true, "threshold": threshold, "action": action});
        let categories = ["age", "gender", "religion"].map(category);
        let profile = json!({"name": name, "description": "For the public chat", "categories": categories});
        id_of(&program.create("profiles", &profile)?)
    });
    let profiles = profiles.into_iter().collect::<Result<Vec<String>>>()?;
    let tokens = create_keys(&program, &profiles)?;
    use_keys(&server, &tokens)?;
    Ok(server)
}

fn import_customers(data: &Data) -> Result<()> {
    let mut text = String::new();
    for (number, name) in CUSTOMERS.iter().enumerate() {
        let metadata = json!({"plan": "team", "region": "eu-west"});
        let line = json!({"externalId": external_id(number), "name": name, "metadata": metadata});
        writeln!(text, "{line}")?;
    }
    let file = data.file("customers.jsonl");
    fs::write(&file, text).context("the customers cannot be written")?;
    let file = file.to_str().context("the temporary folder's name is not text")?;
    data.run(&["customer", "import", file])?;
    Ok(())
}

/// Makes the keys, disables some of them, and returns their tokens.
fn create_keys(program: &Program<'_>, profiles: &[String]) -> Result<Vec<String>> {
    let mut tokens = Vec::new();
    let mut disabled = Vec::new();
    let pairs = SERVICES.iter().flat_map(|service| PLACES.map(|place| (service, place)));
    for (number, (service, place)) in pairs.enumerate() {
        let environment = ["production", "production", "default", "staging"][number % 4];
        let endpoints = match number % 3 {
            0 => Value::Null,
            granted => json!(ENDPOINTS[..granted]),
        };
        let customer = number
            .is_multiple_of(2)
            .then(|| format!("external:{}", external_id(number / 2 % CUSTOMERS.len())));
        let key = json!({
            "name": format!("{service}, {place}"),
            "environment": environment,
            "endpoints": endpoints,
            "biasProfile": (number % 4 != 3).then(|| &profiles[number % profiles.len()]),
            "customer": customer,
            "rateLimit": number.is_multiple_of(5).then(|| json!({"minute": 600})),
        });
        let created = program.create("keys", &key)?;
        tokens.push(created["token"].as_str().context("the answer has no token")?.to_owned());
        if number % DISABLED == 1 {
            disabled.push(id_of(&created)?);
        }
    }
    program.wait_until_active()?;
    for id in disabled {
        program.disable(&id)?;
    }
    Ok(tokens)
}

/// Asks about each key another number of times, for each endpoint in turn, and waits until that is stored. Some may not call some of
/// them.
fn use_keys(server: &Server, tokens: &[String]) -> Result<()> {
    for (number, token) in tokens.iter().enumerate() {
        for request in 0..(number * 37) % 90 {
            let asked = json!({"key": token, "endpoint": ENDPOINTS[request % ENDPOINTS.len()]});
            server.post("/v1/keys/verify", &asked.to_string())?;
        }
    }
    thread::sleep(FLUSH_TIME);
    Ok(())
}

fn external_id(customer: usize) -> String {
    format!("customer-{customer:04}")
}

fn id_of(made: &Value) -> Result<String> {
    Ok(made["id"].as_str().context("the answer has no ID")?.to_owned())
}

/// A program that uses the management API.
struct Program<'a> {
    agent: Agent,
    server: &'a Server,
    token: &'a str,
}

impl<'a> Program<'a> {
    fn new(server: &'a Server, token: &'a str) -> Self {
        Self {
            agent: agent(),
            server,
            token,
        }
    }

    /// Makes an object, and returns it.
    fn create(&self, list: &str, object: &Value) -> Result<Value> {
        let url = format!("{}/manage/v1/{list}", self.server.running.url);
        let request = self.agent.post(url).header(header::CONTENT_TYPE, "application/json");
        let answer = request
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .send(object.to_string())?;
        let status = answer.status();
        let body = answer.into_body().read_to_string()?;
        ensure!(status == 201, "making one of {list} was answered with {status}: {body}");
        serde_json::from_str(&body).context("the answer is not JSON")
    }

    fn disable(&self, key: &str) -> Result<()> {
        let url = format!("{}/manage/v1/keys/{key}", self.server.running.url);
        let request = self.agent.patch(url).header(header::CONTENT_TYPE, "application/json");
        let answer = request
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .send(json!({"status": "inactive"}).to_string())?;
        ensure!(
            answer.status() == 200,
            "disabling a key was answered with {}",
            answer.status()
        );
        Ok(())
    }

    fn wait_until_active(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PROVISIONING_LIMIT {
            let waiting = self
                .server
                .get_as_service(self.token, "/manage/v1/keys?status=provisioning&limit=1")?;
            let waiting: Value = serde_json::from_str(&waiting).context("the answer is not JSON")?;
            if waiting["data"].as_array().is_some_and(Vec::is_empty) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(250));
        }
        bail!("some keys are not active after {} s", PROVISIONING_LIMIT.as_secs());
    }
}
