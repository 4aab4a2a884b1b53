//! Customers of a file, for people: `POST /customers/import`. The form works without scripts. Its first answer says what would
//! happen, and holds the lines again; sent with the confirmation, they are imported.

use app::answer::Answer;
use app::caller::Caller;
use app::customer_import::{CheckedFile, ImportContent, ImportPage, PATH};
use app::preferences::Preferences;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use backend::{Actor, Error, Services};
use http::{StatusCode, Uri};
use model::bounded::Bounded;
use model::customer::{EXTERNAL_ID, NAME};
use model::customer_import::{CustomerImport, CustomerImportOutcome, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;
use model::role::Permission;

use super::Console;
use super::customer_file::{Format, ReadCustomer, read as read_file};
use super::customer_import_form::{read_body, read_fields};
use super::forms::{refusal, without_screen};
use super::guard::to_login;
use super::key_forms::person;
use super::pages::{answer, answer_with_import};

/// `POST /customers/import`
pub(super) async fn import(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some((who, actor)) = person(caller) else {
        return to_login(&console, PATH);
    };
    let mut page = ImportPage {
        person: who.user_id.to_string(),
        preferences: console.cookies.preferences(&parts.headers),
        ..ImportPage::default()
    };
    // Before the body is read: it may be long.
    if let Err(error) = may_import(&actor) {
        let (status, sentence) = refusal(&error);
        return answer_with_import(&console, parts, ImportContent::refused(sentence), status).await;
    }
    let fields = match read_body(body).await {
        Ok(body) => read_fields(&parts.headers, body),
        Err(why) => Err(why),
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(why) => {
            let (status, sentence) = why.answer();
            page.problem = Some(sentence.to_owned());
            return answer_with_import(&console, parts, page.draw(), status).await;
        }
    };
    if fields.person.is_some_and(|shown| shown != page.person) {
        let mut parts = parts;
        // This person may not be permitted to see the screen of the form, so the answer is Home.
        parts.uri = Uri::from_static("/");
        return answer(&console, parts, Answer::OtherPerson(who.me.email), StatusCode::CONFLICT).await;
    }
    page.lines = fields.lines;
    let status = match check(&console.services, &actor, &page.lines, fields.confirmed).await {
        Ok(checked) => {
            // Also where lines are refused: that is what was asked, and a browser's console reports every 4xx as a failure.
            page.checked = Some(checked);
            StatusCode::OK
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            let (status, sentence) = refusal(&error);
            page.problem = Some(sentence);
            status
        }
    };
    answer_with_import(&console, parts, page.draw(), status).await
}

/// The content of the screen without a file.
pub(super) fn first_content(caller: Caller, preferences: Preferences) -> Option<ImportContent> {
    let (who, actor) = person(caller)?;
    if let Err(error) = may_import(&actor) {
        return Some(ImportContent::refused(refusal(&error).1));
    }
    let page = ImportPage {
        person: who.user_id.to_string(),
        preferences,
        ..ImportPage::default()
    };
    Some(page.draw())
}

fn may_import(actor: &Actor) -> backend::Result<()> {
    actor.require(Permission::CreateCustomers)?;
    actor.require(Permission::ChangeCustomers)
}

/// Says what would become of the customers of a file. If that was confirmed, and none is refused, they are imported.
async fn check(services: &Services, actor: &Actor, text: &str, confirmed: bool) -> backend::Result<CheckedFile> {
    let customers = read_customers(text)?;
    let written = customers.iter().map(|customer| {
        let of = |field| customer.form.as_ref().map(|form| form.text(field).to_owned());
        (of(EXTERNAL_ID).unwrap_or_default(), of(NAME).unwrap_or_default())
    });
    let written = written.collect();
    let mut unreadable = Vec::new();
    let mut readable = Vec::new();
    for (place, ReadCustomer { line, form }) in customers.into_iter().enumerate() {
        match form {
            Ok(form) => readable.push(CustomerImport { line, form }),
            Err(why) => unreadable.push((place, line, why)),
        }
    }
    let readable: Bounded<CustomerImport, MAX_IMPORTED_CUSTOMERS> =
        readable.try_into().map_err(|_| Error::from(too_many()))?;
    let dry_run = !confirmed || !unreadable.is_empty();
    let mut report = services.customers.import(actor, &readable, dry_run).await?;
    // In their order, so each comes to its place.
    for (place, line, why) in unreadable {
        let outcome = CustomerImportOutcome::Invalid(FormErrors::whole(why));
        report.lines.insert(place, (line, outcome));
    }
    Ok(CheckedFile { report, written })
}

fn read_customers(text: &str) -> Result<Vec<ReadCustomer>, FormErrors> {
    if text.trim().is_empty() {
        return Err(FormErrors::whole("Choose a file, or paste its lines."));
    }
    let text = text.as_bytes();
    let customers = read_file(Format::of_text(text), text).map_err(FormErrors::whole)?;
    let customers: Vec<ReadCustomer> = customers.take(MAX_IMPORTED_CUSTOMERS + 1).collect();
    if customers.is_empty() {
        return Err(FormErrors::whole(
            "There is no customer in this file: its header is all there is.",
        ));
    }
    if customers.len() > MAX_IMPORTED_CUSTOMERS {
        return Err(too_many());
    }
    Ok(customers)
}

fn too_many() -> FormErrors {
    FormErrors::whole(
        "The file has more than 1,000 customers. Import it in parts, or on the command line with latchkey customer import.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_customers_and_not_too_many() {
        let refused = |text: &str| read_customers(text).unwrap_err().to_string();
        assert!(refused(" \n").starts_with("Choose a file"));
        assert!(refused("external_id,name\n").starts_with("There is no customer"));
        let many = "{\"externalId\": \"a\"}\n".repeat(MAX_IMPORTED_CUSTOMERS + 1);
        assert!(refused(&many).contains("more than 1,000"));
        assert_eq!(read_customers(&many[19..]).unwrap().len(), MAX_IMPORTED_CUSTOMERS);
    }
}
