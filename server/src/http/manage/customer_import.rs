//! Imports customers. Files with customers have lines of the same form, see `http::customer_file`.

use axum::extract::State;
use axum::response::Response;
use backend::{Error, KeptAnswer, Made};
use http::StatusCode;
use model::bounded::Bounded;
use model::customer::{self, CustomerStatus};
use model::customer_import::{CustomerImport, CustomerImportOutcome, CustomerImportReport, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;
use model::form_values::FormValues;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Call, read_json};
use super::customers::Status;
use super::dry_run::read_dry_run;
use super::fields::field_errors;
use super::problem::{FieldError, Problem, ProblemCode};
use super::rate_limit::NewRateLimit;
use super::refused_import::refused_import;
use super::resource::{make, try_out, without_tag};
use super::values::{Object, Patched, SentJson, present};
use super::{Manage, unexpected};

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new().routes(routes!(import_customers))
}

/// Customers, as your own system knows them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerImport, example = json!({"customers": [
    {"externalId": "acme-7", "name": "Acme", "metadata": {"plan": "pro"}, "rateLimit": {"minute": 600}},
]}))]
struct Import {
    #[schema(value_type = Vec<ImportedCustomer>, max_items = 1_000)]
    customers: Bounded<Object<ImportedCustomer>, MAX_IMPORTED_CUSTOMERS>,
}

/// A customer of an import. A field that is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImportedCustomer {
    /// The customer's ID in your own system, by which it is found. It cannot begin with `cus_` or `external:`.
    #[schema(min_length = 1, max_length = 128, example = "acme-7")]
    external_id: String,
    /// A customer that is new needs one.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Acme")]
    name: Option<String>,
    /// Your own data, an object of at most 4,096 bytes, in the place of what is there; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Patched<SentJson>,
    /// What all its keys together may do, in the place of what is there; null for no limit.
    #[serde(default)]
    #[schema(value_type = Option<NewRateLimit>)]
    rate_limit: Patched<Object<NewRateLimit>>,
    /// The keys of a customer that is `suspended` are refused. Only an administrator may change it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<Status>,
}

/// What became of the customers, or would become of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "dryRun": false,
    "created": 1,
    "changed": 0,
    "unchanged": 0,
    "refused": 0,
    "customers": [{"line": 1, "outcome": "created", "id": "cus_8fQ2nLw0Zz", "errors": []}],
}))]
struct ImportedCustomers {
    /// Whether nothing was written, because nothing was to be written.
    dry_run: bool,
    /// The number of customers that are new.
    created: usize,
    /// The number of customers that were here with other settings.
    changed: usize,
    /// The number of customers that are here already, with the same settings.
    unchanged: usize,
    /// The number of customers that are refused. Only a dry run answers so; otherwise nothing is written, and the answer is an error.
    refused: usize,
    /// Each customer, in the order of the request.
    customers: Vec<ImportedCustomerLine>,
}

/// What became of a customer.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedCustomerLine {
    /// Its place in the request, from 1.
    line: usize,
    outcome: Outcome,
    /// The customer's ID; null where there is none.
    #[schema(required = true, example = "cus_8fQ2nLw0Zz")]
    id: Option<String>,
    /// What is wrong with it.
    errors: Vec<FieldError>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CustomerImportOutcome)]
enum Outcome {
    Created,
    Changed,
    Unchanged,
    Invalid,
}

/// Import customers
///
/// They are found by their external IDs: those that are missing are created, those that differ are changed, and all others stay as they
/// are, so the same request can be sent again. All customers are imported in one transaction, or none: if one is refused, `errors` names
/// each that is, and nothing is written. With `dryRun=true`, nothing is written, and the answer says what would become of each customer.
#[utoipa::path(
    post,
    path = "/customers/import",
    tag = "Customers",
    params(("dryRun" = Option<bool>, Query, description = "Only say what would happen")),
    request_body = Import,
    responses((status = 200, description = "What became of each customer", body = ImportedCustomers))
)]
async fn import_customers(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let dry_run = read_dry_run(&call.query)?;
    let Import { customers } = call.json()?;
    if customers.is_empty() {
        return Err(Problem::field("customers", "Send at least one customer."));
    }
    let customers: Bounded<CustomerImport, MAX_IMPORTED_CUSTOMERS> = customers
        .into_iter()
        .zip(1..)
        .map(|(Object(customer), line)| CustomerImport {
            line,
            form: customer.form(),
        })
        .collect();
    let services = manage.services();
    if dry_run {
        return try_out(&manage, &call, |actor| async move {
            let report = services.customers.import(&actor, &customers, true).await?;
            Ok(ImportedCustomers::from(&report))
        })
        .await;
    }
    let mut refused = None;
    let to = &mut refused;
    let answer = make(&manage, &call, imported, |actor| async move {
        let report = services.customers.import(&actor, &customers, false).await?;
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

/// Reads a line of JSON with a customer.
///
/// # Errors
/// A sentence that says what is wrong, and in which field.
pub(crate) fn read_line(text: &[u8]) -> Result<FormValues, String> {
    let no_object = || "This is not one JSON object.".to_owned();
    // A derived reader takes an array for an object, field by field.
    if !text.trim_ascii_start().starts_with(b"{") || serde_json::from_slice::<IgnoredAny>(text).is_err() {
        return Err(no_object());
    }
    let customer: ImportedCustomer = read_json(text).map_err(|problem| match problem.errors.into_iter().next() {
        Some(error) => format!("{}: {}", error.field, error.message),
        None => no_object(),
    })?;
    Ok(customer.form())
}

impl ImportedCustomer {
    /// The form that asks for the same settings, since the rules are those of the form.
    fn form(&self) -> FormValues {
        let mut form = FormValues::default();
        form.set(customer::EXTERNAL_ID, self.external_id.as_str());
        if let Some(name) = &self.name {
            form.set(customer::NAME, name.as_str());
        }
        if let Patched::To(metadata) = &self.metadata {
            form.set(customer::METADATA, SentJson::text(metadata.as_ref()));
        }
        if let Patched::To(limits) = self.rate_limit {
            NewRateLimit::set(limits, &mut form);
        }
        if let Some(status) = self.status {
            form.set(customer::STATUS, CustomerStatus::from(status).slug());
        }
        form
    }
}

impl From<&CustomerImportReport> for ImportedCustomers {
    fn from(report: &CustomerImportReport) -> Self {
        Self {
            dry_run: !report.written,
            created: report.created(),
            changed: report.changed(),
            unchanged: report.unchanged(),
            refused: report.refused(),
            customers: report.lines.iter().map(ImportedCustomerLine::from).collect(),
        }
    }
}

impl From<&(usize, CustomerImportOutcome)> for ImportedCustomerLine {
    fn from((line, outcome): &(usize, CustomerImportOutcome)) -> Self {
        Self {
            line: *line,
            outcome: match outcome {
                CustomerImportOutcome::Created(_) => Outcome::Created,
                CustomerImportOutcome::Changed { .. } => Outcome::Changed,
                CustomerImportOutcome::Unchanged(_) => Outcome::Unchanged,
                CustomerImportOutcome::Invalid(_) => Outcome::Invalid,
            },
            id: outcome.id().map(ToString::to_string),
            errors: outcome.errors().map(field_errors).unwrap_or_default(),
        }
    }
}

fn imported(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::CustomerImport(report) = what else {
        return unexpected();
    };
    without_tag(StatusCode::OK, &ImportedCustomers::from(*report), change)
}

/// The problem where customers are refused.
fn problem(report: &CustomerImportReport) -> Problem {
    let lines = report.lines.iter().map(|(line, outcome)| (*line, outcome.errors()));
    refused_import(ProblemCode::Invalid, "customers", lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_only_the_fields_that_are_present() {
        let form = read_line(
            br#" {"externalId": "acme", "metadata": null, "rateLimit": {"minute": 5}, "status": "suspended"}"#,
        );
        let form = form.unwrap();
        let pairs: Vec<(&str, &str)> = form.pairs().collect();
        assert_eq!(
            pairs,
            [
                ("external_id", "acme"),
                ("metadata", ""),
                ("limit_second", ""),
                ("limit_minute", "5"),
                ("limit_day", ""),
                ("status", "suspended"),
            ]
        );
    }

    #[test]
    fn a_mistake_in_a_line_is_told_with_its_field() {
        for (line, told) in [
            (r#"["acme"]"#, "This is not one JSON object."),
            (r#"{"externalId": "acme""#, "This is not one JSON object."),
            (r#"{"name": "Acme"}"#, "externalId: Missing field `externalId`."),
            (r#"{"externalId": "acme", "name": null}"#, "name: "),
            (r#"{"externalId": "acme", "keys": 1}"#, "keys: Unknown field `keys`"),
            (
                r#"{"externalId": "acme", "rateLimit": {"hour": 1}}"#,
                "rateLimit.hour: ",
            ),
        ] {
            let why = read_line(line.as_bytes()).unwrap_err();
            assert!(why.starts_with(told), "{line}: {why}");
        }
    }
}
