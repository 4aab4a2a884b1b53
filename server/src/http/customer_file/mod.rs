//! Customers in files: as CSV (RFC 4180), and as JSON lines with the names of the management API. The command line and the console
//! write and read them.

mod reader;
mod writer;

use clap::ValueEnum;
use model::customer::{EXTERNAL_ID, METADATA, NAME, STATUS};

pub(crate) use self::reader::{ReadCustomer, read};
pub(crate) use self::writer::Writer;

/// The columns of CSV: the fields of the form.
pub(crate) const COLUMNS: [&str; 7] = [
    EXTERNAL_ID,
    NAME,
    METADATA,
    "limit_second",
    "limit_minute",
    "limit_day",
    STATUS,
];

/// The format of a file with customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One customer a line, with a header that names the columns
    Csv,
    /// One JSON object a line, with the names of the management API
    Jsonl,
}

impl Format {
    /// The format of a text: a line of JSON begins with a brace, and no header of CSV does.
    pub(crate) fn of_text(text: &[u8]) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        match text.trim_ascii_start().first() {
            Some(b'{' | b'[') => Self::Jsonl,
            _ => Self::Csv,
        }
    }

    /// How the names of such files end.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Stands at the beginning of files that some spreadsheets write.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A text for a cell. One that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection), since
/// customers may choose their names. Reading takes it away again; a text that begins with apostrophes already gets one more.
fn guarded(text: &str) -> String {
    if begins_like_formula(text.trim_start_matches('\'')) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// What [`guarded`] was given. Only the columns that people fill with any text are guarded.
fn without_guard<'a>(column: &str, cell: &'a str) -> &'a str {
    match cell.strip_prefix('\'') {
        Some(text) if matches!(column, EXTERNAL_ID | NAME) && begins_like_formula(text.trim_start_matches('\'')) => {
            text
        }
        _ => cell,
    }
}

fn begins_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

#[cfg(test)]
mod tests {
    use backend::customers::ExportedCustomer;
    use model::customer::{CustomerSettings, CustomerStatus};
    use model::limit::Limits;
    use model::metadata::Metadata;

    use super::*;

    fn customer(name: &str) -> ExportedCustomer {
        ExportedCustomer {
            settings: CustomerSettings {
                external_id: "acme, \"7\"".to_owned(),
                name: name.to_owned(),
                metadata: Metadata::read(r#"{"plan": "a,b", "n": 1.50}"#).unwrap(),
                limits: Limits {
                    minute: Some(600),
                    ..Limits::NONE
                },
            },
            status: CustomerStatus::Suspended,
        }
    }

    fn written(format: Format, customer: &ExportedCustomer) -> String {
        let mut file = Vec::new();
        let mut writer = Writer::begin(format, &mut file).unwrap();
        writer.write(customer).unwrap();
        writer.finish().unwrap();
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for format in [Format::Csv, Format::Jsonl] {
            for name in ["Acme & Söhne", "=Acme", "'=Acme", "''+1", "'s Hertogenbosch", "'"] {
                let file = written(format, &customer(name));
                assert_eq!(Format::of_text(file.as_bytes()), format);
                let found: Vec<ReadCustomer> = read(format, file.as_bytes()).unwrap().collect();
                let [ReadCustomer { line, form: Ok(form) }] = found.as_slice() else {
                    panic!("{found:?}")
                };
                assert_eq!(*line, if format == Format::Csv { 2 } else { 1 });
                let mut settings = CustomerSettings::default();
                assert!(settings.read(form).is_empty(), "{format:?}");
                assert_eq!(settings, customer(name).settings, "{format:?}");
                assert_eq!(form.text(STATUS), "suspended");
            }
        }
        let csv = written(Format::Csv, &customer("=Acme"));
        assert!(csv.contains(",'=Acme,"), "no spreadsheet takes it for a formula: {csv}");
    }
}
