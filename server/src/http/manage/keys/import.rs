//! Imports keys of another system by the hashes of their tokens. The command line reads lines of the same form.

use axum::extract::State;
use axum::response::Response;
use backend::{Error, KeptAnswer, Made};
use http::StatusCode;
use model::bounded::Bounded;
use model::form::FormErrors;
use model::key_form::MAX_GRANTED_ENDPOINTS;
use model::key_import::{ImportOutcome, ImportReport, KeyImport, MAX_IMPORTED_KEYS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::call::{Call, read_json};
use super::super::dry_run::read_dry_run;
use super::super::fields::field_errors;
use super::super::problem::{FieldError, Problem, ProblemCode};
use super::super::rate_limit::NewRateLimit;
use super::super::refused_import::refused_import;
use super::super::resource::{make, try_out, without_tag};
use super::super::values::{Object, SentJson};
use super::super::{Manage, unexpected};
use super::create::{ADDRESSES_MAX, NewKey, TAGS_SENT_MAX};

/// Keys of another system.
// Nobody knows a token with the hash of this example, so a pasted request makes no key that can be guessed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"keys": [{
    "sha256": "62d3fbd1bc6f9055e3767220de04b4fe117fa169a66e7bd1607921d59612f22a",
    "lastFour": "9fQ2",
    "name": "Shop",
    "environment": "default",
    "endpoints": ["chat"],
}]}))]
struct Import {
    #[schema(value_type = Vec<ImportedKey>, max_items = 1_000)]
    keys: Bounded<Object<ImportedKey>, MAX_IMPORTED_KEYS>,
}

/// A key of another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImportedKey {
    /// The SHA-256 of the whole token, prefix and all: 64 hexadecimal digits, or base64 or base64url.
    #[schema(min_length = 43, max_length = 64)]
    sha256: String,
    /// The last four characters of the token, by which people tell keys apart; null or left out where nobody knows them.
    #[serde(default)]
    #[schema(pattern = "^[!-~]{4}$")]
    last_four: Option<String>,
    /// Whether it works. If not, it is disabled from the beginning.
    #[serde(default = "yes")]
    #[schema(required = false, default = true)]
    enabled: bool,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it is for, in at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, example = "Reads orders for the shop")]
    description: Option<String>,
    /// Words by which you find it: at most 10, of letters, digits and `-_.:/`. They are stored in lower case, in order, each once.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, max_items = 10, example = json!(["billing", "eu"]))]
    tags: Bounded<String, TAGS_SENT_MAX>,
    /// Where it lives, such as the name of a secret, in at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, example = "Vault, secret/shop")]
    location: Option<String>,
    /// The environment's name.
    #[schema(min_length = 1)]
    environment: String,
    /// The names of the endpoints that it may call, which never change; null or left out for all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    endpoints: Option<Bounded<String, MAX_GRANTED_ENDPOINTS>>,
    /// The ID of a bias profile.
    #[serde(default)]
    bias_profile: Option<String>,
    /// When it ends; null or left out for never.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<NewRateLimit>)]
    rate_limit: Option<Object<NewRateLimit>>,
    /// The addresses and networks (CIDR) from which it may be used; empty or left out for all.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    allowed_addresses: Bounded<String, ADDRESSES_MAX>,
    /// The ID of a customer, or its external ID after `external:`; null or left out for none.
    #[serde(default)]
    #[schema(example = "external:acme-7")]
    customer: Option<String>,
    /// Your own data, an object of at most 4,096 bytes, which verify answers with.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"plan": "pro"}))]
    metadata: Option<SentJson>,
}

/// What became of the keys, or would become of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "dryRun": false,
    "created": 1,
    "unchanged": 0,
    "refused": 0,
    "keys": [{"line": 1, "outcome": "created", "id": "key_8fQ2nLw0Zz", "errors": []}],
}))]
struct Imported {
    /// Whether nothing was written, because nothing was to be written.
    dry_run: bool,
    /// The number of keys that are new.
    created: usize,
    /// The number of keys that are here already, with the same settings.
    unchanged: usize,
    /// The number of keys that are refused. Only a dry run answers so; otherwise nothing is written, and the answer is an error.
    refused: usize,
    /// Each key, in the order of the request.
    keys: Vec<ImportedLine>,
}

/// What became of a key.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedLine {
    /// Its place in the request, from 1.
    line: usize,
    outcome: Outcome,
    /// The key ID; null where there is none.
    #[schema(required = true, example = "key_8fQ2nLw0Zz")]
    id: Option<String>,
    /// What is wrong with it.
    errors: Vec<FieldError>,
}

/// `conflict`: the token is here already with other settings, or belongs to something else, or was taken away here.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ImportOutcome)]
enum Outcome {
    Created,
    Unchanged,
    Conflict,
    Invalid,
}

/// What is wrong with a line: the field, and a sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) field: String,
    pub(crate) message: String,
}

/// Import keys of another system
///
/// Their tokens go on working, whatever they look like, and only their SHA-256 is sent. All keys are imported in one transaction, or
/// none: if one is refused, `errors` names each that is, and nothing is written. A key that is here already with the same settings
/// stays as it is, so the same request can be sent again. A token whose key was deleted or rotated here does not come back. With
/// `dryRun=true`, nothing is written, and the answer says what would become of each key.
#[utoipa::path(
    post,
    path = "/keys/import",
    tag = "Keys",
    params(("dryRun" = Option<bool>, Query, description = "Only say what would happen")),
    request_body = Import,
    responses((status = 200, description = "What became of each key", body = Imported))
)]
pub(super) async fn import_keys(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let dry_run = read_dry_run(&call.query)?;
    let Import { keys } = call.json()?;
    if keys.is_empty() {
        return Err(Problem::field("keys", "Send at least one key."));
    }
    let numbered = keys
        .into_iter()
        .zip(1..)
        .map(|(Object(key), line)| key.into_import(line));
    let keys: Bounded<KeyImport, MAX_IMPORTED_KEYS> = numbered.collect();
    let services = manage.services();
    if dry_run {
        return try_out(&manage, &call, |actor| async move {
            let report = services.keys.import(&actor, &keys, true).await?;
            Ok(Imported::from(&report))
        })
        .await;
    }
    let mut refused = None;
    let to = &mut refused;
    let answer = make(&manage, &call, imported, |actor| async move {
        let report = services.keys.import(&actor, &keys, false).await?;
        if report.written {
            return Ok(());
        }
        *to = Some(problem(&report));
        // It is replaced by that problem.
        Err(Error::Invalid(FormErrors::default()))
    })
    .await;
    refused.map_or(answer, Err)
}

/// Reads a line of a file with keys.
pub(crate) fn read_line(text: &[u8], line: usize) -> Result<KeyImport, Refusal> {
    let refusal = |error: FieldError| Refusal {
        field: error.field,
        message: error.message,
    };
    // A derived reader takes an array for an object, field by field.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(Refusal {
            field: String::new(),
            message: "This is not one JSON object.".to_owned(),
        });
    }
    let key: ImportedKey = read_json(text).map_err(|problem| match problem.errors.into_iter().next() {
        Some(error) => refusal(error),
        None => Refusal {
            field: String::new(),
            message: "This is not one JSON object.".to_owned(),
        },
    })?;
    Ok(key.into_import(line))
}

impl Refusal {
    /// What is wrong with a line, by the names that the JSON has.
    pub(crate) fn all(errors: &FormErrors) -> impl Iterator<Item = Self> {
        field_errors(errors).into_iter().map(|error| Self {
            field: error.field,
            message: error.message,
        })
    }
}

impl ImportedKey {
    fn into_import(self, line: usize) -> KeyImport {
        let new = NewKey {
            name: self.name,
            description: self.description,
            tags: self.tags,
            location: self.location,
            environment: self.environment,
            endpoints: self.endpoints,
            bias_profile: self.bias_profile,
            expires_at: self.expires_at,
            rate_limit: self.rate_limit,
            allowed_addresses: self.allowed_addresses,
            customer: self.customer,
            metadata: self.metadata,
        };
        KeyImport {
            line,
            sha256: self.sha256,
            last_four: self.last_four,
            enabled: self.enabled,
            form: new.form(),
        }
    }
}

impl From<&ImportReport> for Imported {
    fn from(report: &ImportReport) -> Self {
        Self {
            dry_run: !report.written,
            created: report.created(),
            unchanged: report.unchanged(),
            refused: report.refused(),
            keys: report.lines.iter().map(ImportedLine::from).collect(),
        }
    }
}

impl From<&(usize, ImportOutcome)> for ImportedLine {
    fn from((line, outcome): &(usize, ImportOutcome)) -> Self {
        let (word, id) = match outcome {
            ImportOutcome::Created(id) => (Outcome::Created, id.as_ref()),
            ImportOutcome::Unchanged(id) => (Outcome::Unchanged, Some(id)),
            ImportOutcome::Conflict(_) => (Outcome::Conflict, None),
            ImportOutcome::Invalid(_) => (Outcome::Invalid, None),
        };
        Self {
            line: *line,
            outcome: word,
            id: id.map(ToString::to_string),
            errors: outcome.errors().map(field_errors).unwrap_or_default(),
        }
    }
}

fn imported(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Import(report) = what else {
        return unexpected();
    };
    without_tag(StatusCode::OK, &Imported::from(*report), change)
}

/// The problem where keys are refused: a conflict where no line breaks a rule.
fn problem(report: &ImportReport) -> Problem {
    let mut lines = report.lines.iter();
    let is_invalid = lines.any(|(_, outcome)| matches!(outcome, ImportOutcome::Invalid(_)));
    let code = if is_invalid {
        ProblemCode::Invalid
    } else {
        ProblemCode::Conflict
    };
    let lines = report.lines.iter().map(|(line, outcome)| (*line, outcome.errors()));
    refused_import(code, "keys", lines)
}

const fn yes() -> bool {
    true
}
