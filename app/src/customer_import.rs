//! The content of the screen "Import Customers". Exists only on the server: the browser shows the HTML as it comes, and sends a plain
//! form.

use std::sync::Arc;

use leptos::prelude::*;
use model::customer_import::{CustomerImportOutcome, CustomerImportReport, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;

use crate::person;
use crate::preferences::Preferences;
use crate::ui::badge::badge;
use crate::ui::button::{Look, icon_and_words};
use crate::ui::field::{escaped, field};
use crate::ui::head::{card, section_head};
use crate::ui::icon::IconKind;
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::number::grouped;
use crate::ui::table::{TableHead, cell, table, titled_cell};

/// The path of the screen and of its form.
pub const PATH: &str = "/customers/import";
/// The names of the fields of the form: the file, the lines in its place, and the button that confirms.
pub const FILE: &str = "file";
pub const LINES: &str = "lines";
pub const CONFIRM: &str = "confirm";

/// The id of the form, which a button outside it names.
const FORM: &str = "import";
const COLUMNS: &[&str] = &["Line", "External ID", "Name", "Outcome", "Details"];

const CSV: &str =
    "external_id,name,metadata,limit_minute,status\nacme-7,Acme,\"{\"\"plan\"\": \"\"pro\"\"}\",600,active\n";
const JSON_LINES: &str = "{\"externalId\": \"acme-7\", \"name\": \"Acme\",\n \"metadata\": {\"plan\": \"pro\"}, \"rateLimit\": {\"minute\": 600}}\n";

/// The finished content of the screen for one request.
#[derive(Clone, Debug)]
pub struct ImportContent {
    pub(crate) html: Arc<str>,
    /// Whether it only says that this person may not import.
    pub(crate) is_forbidden: bool,
}

/// What the screen shows.
#[derive(Debug, Default)]
pub struct ImportPage {
    /// The ID of the page's person.
    pub person: String,
    /// How that person sees numbers.
    pub preferences: Preferences,
    /// The lines as they were sent.
    pub lines: String,
    /// Why they were not looked at.
    pub problem: Option<String>,
    pub checked: Option<CheckedFile>,
}

/// A file that was looked at.
#[derive(Debug)]
pub struct CheckedFile {
    pub report: CustomerImportReport,
    /// The external ID and the name that each line of the report has, as they were written.
    pub written: Vec<(String, String)>,
}

impl ImportContent {
    /// What a person sees who may not import.
    pub fn refused(sentence: String) -> Self {
        Self {
            html: html(move || view! { <BadNote text=sentence/> }.into_any()),
            is_forbidden: true,
        }
    }
}

impl ImportPage {
    pub fn draw(self) -> ImportContent {
        ImportContent {
            html: html(move || {
                provide_context(self.preferences);
                self.view()
            }),
            is_forbidden: false,
        }
    }

    fn view(self) -> AnyView {
        let Self {
            person,
            lines,
            problem,
            checked,
            ..
        } = self;
        if let Some(checked) = checked.as_ref().filter(|checked| checked.report.written) {
            return done(checked);
        }
        let problem = problem.map(|text| view! { <BadNote text/> });
        let is_checked = checked.is_some();
        let checked = checked.as_ref().map(would_happen);
        view! {
            {problem}
            {checked}
            <div class="cards import">
                {card("card", "lines-of-file", if is_checked { "The lines" } else { "The file" }, form(person, &lines, is_checked))}
                {card("card", "form-of-file", "What a file looks like", explanation())}
            </div>
        }
        .into_any()
    }
}

fn html(draw: impl FnOnce() -> AnyView) -> Arc<str> {
    // The views need an owner of their signals, as they have on every other page. The empty comments are for hydration, which this
    // content does without.
    Owner::new_root(None).with(|| draw().to_html().replace("<!>", "").into())
}

fn form(person: String, lines: &str, is_checked: bool) -> AnyView {
    let file = view! {
        <input class="input" id=FILE name=FILE type="file" accept=".csv,.jsonl,.ndjson,.txt,text/csv,application/x-ndjson" aria-describedby="file-hint"/>
        <p class="field__hint" id="file-hint">
            {format!("CSV or JSON lines, with up to {} customers and 1 MiB.", grouped(MAX_IMPORTED_CUSTOMERS as u64))}
        </p>
    };
    let rows = lines.lines().count().clamp(6, 16);
    let area = view! {
        <textarea
            class="input mono import__lines"
            id=LINES
            name=LINES
            rows=rows.to_string()
            autocapitalize="none"
            autocomplete="off"
            spellcheck="false"
            aria-describedby="lines-hint"
            // A browser leaves out the first end of a line.
            inner_html=format!("\n{}", escaped(lines))
        ></textarea>
        <p class="field__hint" id="lines-hint">
            "A file that is chosen counts instead of them."
        </p>
    };
    let (file_label, area_label, look, words) = if is_checked {
        ("Another file", "Its lines", Look::Secondary, "Check again")
    } else {
        ("File", "Or its lines", Look::Primary, "Check")
    };
    view! {
        <form class="form" id=FORM method="post" action=PATH enctype="multipart/form-data">
            <input type="hidden" name=person::FIELD value=person/>
            {field(FILE, file_label, file)}
            {field(LINES, area_label, area)}
            <div class="import__foot">
                <button class=look.class()>{words}</button>
                <span class="dim">"Nothing is changed by that."</span>
            </div>
        </form>
    }
    .into_any()
}

fn explanation() -> AnyView {
    let example = |id: &'static str, title: &'static str, text: &'static str| {
        view! {
            <h3 id=id>{title}</h3>
            <pre class="mono" tabindex="0" role="region" aria-labelledby=id>
                {text}
            </pre>
        }
    };
    view! {
        <p>
            "Customers are found by their external IDs. Those that are missing are created, those that differ are changed, and nobody is \
             deleted. What a line leaves out stays as it is. It is the form of the file that Export saves."
        </p>
        {example("csv-example", "CSV", CSV)}
        <p>"Further columns: " <span class="mono">"limit_second"</span> ", " <span class="mono">"limit_day"</span> "."</p>
        {example("jsonl-example", "JSON lines: one object a line", JSON_LINES)}
    }
    .into_any()
}

/// What would happen, line by line.
fn would_happen(checked: &CheckedFile) -> AnyView {
    let report = &checked.report;
    let (changes, refused) = (report.created() + report.changed(), report.refused());
    if refused > 0 {
        let text = match report.lines.len() {
            1 => "This customer cannot be imported. Correct its line below.".to_owned(),
            all => format!(
                "{} of {} cannot be imported, and nothing is imported before they can. Correct their lines below, or choose another file.",
                grouped(refused as u64),
                customers(all)
            ),
        };
        return view! {
            <BadNote text/>
            {lines(checked, true)}
        }
        .into_any();
    }
    if changes == 0 {
        let text = format!("Nothing would be changed: {} already.", are_as_said(report.lines.len()));
        return note(NoteKind::Info, text);
    }
    let unchanged = match report.unchanged() {
        0 => String::new(),
        unchanged => format!(" {} already.", capital(&are_as_said(unchanged))),
    };
    let text = format!(
        "{} would be created, and {} changed.{unchanged} Nothing is imported yet.",
        customers(report.created()),
        grouped(report.changed() as u64)
    );
    let words = format!("Import {}", customers(changes));
    view! {
        <div class="page-head page-head--section">
            <div>
                <h2>"What would happen"</h2>
                <p role="status">{text}</p>
            </div>
            <div class="page-head__actions">
                <a class=Look::Quiet.class() href=PATH rel="external">
                    "Start again"
                </a>
                <button class=Look::Primary.class() form=FORM name=CONFIRM value="yes">
                    {words}
                </button>
            </div>
        </div>
        {lines(checked, false)}
    }
    .into_any()
}

/// What has happened.
fn done(checked: &CheckedFile) -> AnyView {
    let report = &checked.report;
    let unchanged = match report.unchanged() {
        0 => String::new(),
        unchanged => format!(
            " {} before.",
            capital(
                &are_as_said(unchanged)
                    .replace(" are ", " were ")
                    .replace(" is ", " was ")
            )
        ),
    };
    let text = format!(
        "{} created, and {} changed.{unchanged}",
        customers(report.created()),
        grouped(report.changed() as u64)
    );
    view! {
        <div role="status">{note(NoteKind::Info, format!("Imported: {text}"))}</div>
        <div class="import__foot import__done">
            <a class=Look::Primary.class() href="/customers">
                {icon_and_words(IconKind::People, "Customers")}
            </a>
            <a class=Look::Quiet.class() href=PATH rel="external">
                "Import another file"
            </a>
        </div>
        {section_head("What happened", "Each line of the file.", ())}
        {lines(checked, false)}
    }
    .into_any()
}

fn lines(checked: &CheckedFile, only_refused: bool) -> AnyView {
    let all = checked.report.lines.iter().zip(&checked.written);
    let rows = all
        .filter(|((_, outcome), _)| !only_refused || outcome.errors().is_some())
        .map(|((line, outcome), (external_id, name))| row(*line, outcome, external_id, name))
        .collect_view();
    let content = view! {
        <TableHead columns=COLUMNS/>
        <tbody role="rowgroup">{rows}</tbody>
    };
    let table = table("table table--cards table--compact", "Lines", content, ());
    view! { <div class="import">{table}</div> }.into_any()
}

fn row(line: usize, outcome: &CustomerImportOutcome, external_id: &str, name: &str) -> AnyView {
    let (slug, words) = match outcome {
        CustomerImportOutcome::Created(_) => ("active", "New"),
        CustomerImportOutcome::Changed { .. } => ("provisioning", "Changed"),
        CustomerImportOutcome::Unchanged(_) => ("inactive", "As it is"),
        CustomerImportOutcome::Invalid(_) => ("failed", "Refused"),
    };
    let details = match outcome {
        CustomerImportOutcome::Changed { differences, .. } => {
            let words = differences
                .iter()
                .map(|(what, before, after)| format!("{what}: {before} → {after}"));
            words.collect::<Vec<_>>().join("; ")
        }
        CustomerImportOutcome::Invalid(errors) => all_messages(errors),
        CustomerImportOutcome::Created(_) | CustomerImportOutcome::Unchanged(_) => String::new(),
    };
    let external_id = shortened(external_id);
    let name = shortened(name);
    let id_or_link = match outcome.id() {
        Some(id) => view! { <a href=format!("/customers/{id}")>{external_id.clone()}</a> }.into_any(),
        None => external_id.clone().into_any(),
    };
    view! {
        <tr role="row">
            {cell("Line", "num", grouped(line as u64))}
            {titled_cell("External ID", "mono", external_id, id_or_link)}
            {titled_cell("Name", "", name.clone(), view! { <bdi>{name}</bdi> })}
            {cell("Outcome", "", badge(slug, words, None))}
            {cell("Details", "import__details", details)}
        </tr>
    }
    .into_any()
}

fn all_messages(errors: &FormErrors) -> String {
    errors.to_string()
}

/// Text of a file may be of any length.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn customers(count: usize) -> String {
    match count {
        1 => "1 customer".to_owned(),
        count => format!("{} customers", grouped(count as u64)),
    }
}

fn are_as_said(count: usize) -> String {
    match count {
        1 => "one is as its line says".to_owned(),
        count => format!("{} are as their lines say", grouped(count as u64)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use model::id::CustomerId;

    use super::*;

    fn page(outcomes: Vec<CustomerImportOutcome>, written: bool) -> String {
        let lines = outcomes
            .into_iter()
            .enumerate()
            .map(|(index, outcome)| (index + 2, outcome));
        let lines: Vec<_> = lines.collect();
        let page = ImportPage {
            person: "usr_0123456789".to_owned(),
            lines: "\n</textarea><script>".to_owned(),
            problem: None,
            preferences: Preferences::default(),
            checked: Some(CheckedFile {
                written: vec![("<b>".to_owned(), "x".repeat(300)); lines.len()],
                report: CustomerImportReport { written, lines },
            }),
        };
        page.draw().html.to_string()
    }

    fn id() -> CustomerId {
        CustomerId::from_random("0123456789")
    }

    #[test]
    fn what_was_typed_stays_and_is_text() {
        let html = page(vec![CustomerImportOutcome::Created(None)], false);
        assert!(
            html.contains(">\n\n&lt;/textarea&gt;&lt;script&gt;</textarea>"),
            "{html}"
        );
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
        assert!(html.contains(&format!("{}…", "x".repeat(200))), "{html}");
        assert!(
            html.contains("1 customer would be created, and 0 changed. Nothing is imported yet."),
            "{html}"
        );
        assert!(html.contains("Import 1 customer"), "{html}");
    }

    #[test]
    fn a_line_that_is_refused_is_shown_alone_and_cannot_be_confirmed() {
        let refused = CustomerImportOutcome::Invalid(FormErrors::at("name", "Give the customer a name."));
        let html = page(vec![CustomerImportOutcome::Unchanged(id()), refused], false);
        assert!(html.contains("1 of 2 customers cannot be imported"), "{html}");
        assert!(
            html.contains("Give the customer a name.") && !html.contains("As it is"),
            "{html}"
        );
        assert!(!html.contains(CONFIRM), "{html}");
    }

    #[test]
    fn what_was_imported_is_told() {
        let changed = CustomerImportOutcome::Changed {
            id: id(),
            differences: vec![("Name".to_owned(), "Acme".to_owned(), "Acme Inc.".to_owned())],
        };
        let all = vec![
            CustomerImportOutcome::Created(Some(id())),
            changed,
            CustomerImportOutcome::Unchanged(id()),
        ];
        let html = page(all, true);
        assert!(
            html.contains("Imported: 1 customer created, and 1 changed. One was as its line says before."),
            "{html}"
        );
        assert!(
            html.contains("Name: Acme → Acme Inc.") && !html.contains("<form"),
            "{html}"
        );
        let html = page(vec![CustomerImportOutcome::Unchanged(id()); 3], false);
        assert!(
            html.contains("Nothing would be changed: 3 are as their lines say already."),
            "{html}"
        );
    }
}
