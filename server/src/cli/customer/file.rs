//! Customers in files, as CSV and as JSON lines.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use clap::ValueEnum;
use model::customer::{CustomerRecord, CustomerStatus, EXTERNAL_ID, METADATA, NAME, STATUS};
use model::form_values::FormValues;
use model::limit::Window;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cli::Failure;

/// The longest line of JSON, in bytes. Metadata alone may have 4 KiB.
const LINE_MAX: u64 = 64 * 1024;

/// The columns of CSV: the fields of the form.
const COLUMNS: [&str; 7] = [
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
pub(in crate::cli) enum Format {
    /// One customer a line, with a header that names the columns
    Csv,
    /// One JSON object a line, with the names of the management API
    Jsonl,
}

impl Format {
    /// The format that the name of a file says.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            _ => Err(Failure(format!(
                "the name of {} ends neither in .csv nor in .jsonl; say which it is with --format",
                path.display()
            ))),
        }
    }
}

/// A customer as a line of JSON. A field that is left out stays as it is.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_limit: Option<LineLimit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LineLimit {
    #[serde(default)]
    second: Option<u32>,
    #[serde(default)]
    minute: Option<u32>,
    #[serde(default)]
    day: Option<u32>,
}

/// A customer in a file, and where it is.
#[derive(Debug)]
pub(super) struct ReadCustomer {
    /// From 1.
    pub(super) line: u64,
    pub(super) form: FormValues,
}

/// Reads the customers of a file one after the other.
pub(super) fn read<'a>(
    format: Format,
    file: impl BufRead + 'a,
) -> Result<Box<dyn Iterator<Item = Result<ReadCustomer, Failure>> + 'a>, Failure> {
    match format {
        Format::Csv => Ok(Box::new(read_csv(file)?)),
        Format::Jsonl => Ok(Box::new(read_lines(file))),
    }
}

fn read_csv<'a>(file: impl Read + 'a) -> Result<impl Iterator<Item = Result<ReadCustomer, Failure>> + 'a, Failure> {
    let mut csv = csv::Reader::from_reader(file);
    let columns = csv.headers().map_err(|error| Failure(error.to_string()))?.clone();
    if let Some(unknown) = columns.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(Failure(format!(
            "line 1: there is no column {unknown:?}; the columns are {}",
            COLUMNS.join(", ")
        )));
    }
    Ok(csv.into_records().map(move |record| {
        let record = record.map_err(|error| Failure(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(ReadCustomer {
            line,
            form: FormValues::from(columns.iter().zip(record.iter())),
        })
    }))
}

fn read_lines<'a>(mut file: impl BufRead + 'a) -> impl Iterator<Item = Result<ReadCustomer, Failure>> + 'a {
    let mut line = 0;
    std::iter::from_fn(move || {
        loop {
            line += 1;
            let mut text = String::new();
            let failed = |why: &dyn std::fmt::Display| Some(Err(Failure(format!("line {line}: {why}"))));
            match file.by_ref().take(LINE_MAX + 1).read_line(&mut text) {
                Err(error) => return failed(&error),
                Ok(0) => return None,
                Ok(_) if text.len() as u64 > LINE_MAX => return failed(&"it is longer than 64 KiB"),
                Ok(_) if text.trim().is_empty() => {}
                Ok(_) => {
                    return match serde_json::from_str::<Line>(&text) {
                        Ok(read) => Some(Ok(ReadCustomer {
                            line,
                            form: read.form(),
                        })),
                        Err(error) => failed(&error),
                    };
                }
            }
        }
    })
}

impl Line {
    fn form(&self) -> FormValues {
        let mut form = FormValues::from([(EXTERNAL_ID, self.external_id.as_str())]);
        if let Some(name) = &self.name {
            form.set(NAME, name.as_str());
        }
        if let Some(metadata) = &self.metadata {
            form.set(METADATA, metadata.get());
        }
        if let Some(LineLimit { second, minute, day }) = self.rate_limit {
            for (window, limit) in Window::ALL.into_iter().zip([second, minute, day]) {
                form.set(
                    window.field_name(),
                    limit.map(|limit| limit.to_string()).unwrap_or_default(),
                );
            }
        }
        if let Some(status) = &self.status {
            form.set(STATUS, status.as_str());
        }
        form
    }
}

/// Writes customers, one after the other.
pub(super) enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    pub(super) fn new(format: Format, to: W) -> Result<Self, Failure> {
        Ok(match format {
            Format::Csv => {
                let mut csv = Box::new(csv::Writer::from_writer(to));
                csv.write_record(COLUMNS).map_err(not_written)?;
                Self::Csv(csv)
            }
            Format::Jsonl => Self::Jsonl(to),
        })
    }

    pub(super) fn write(&mut self, customer: &CustomerRecord) -> Result<(), Failure> {
        let settings = &customer.settings;
        let status = CustomerStatus::of(customer.suspended_at).slug();
        match self {
            Self::Csv(csv) => {
                let limit = |window| settings.limits.of(window).map(|limit| limit.to_string());
                let [second, minute, day] = Window::ALL.map(|window| limit(window).unwrap_or_default());
                let metadata = settings.metadata.as_json().unwrap_or_default();
                csv.write_record([
                    settings.external_id.as_str(),
                    &settings.name,
                    metadata,
                    &second,
                    &minute,
                    &day,
                    status,
                ])
                .map_err(not_written)
            }
            Self::Jsonl(to) => {
                let limits = settings.limits;
                let json = settings.metadata.as_json().unwrap_or("{}").to_owned();
                let line = Line {
                    external_id: settings.external_id.clone(),
                    name: Some(settings.name.clone()),
                    metadata: Some(RawValue::from_string(json).map_err(not_written)?),
                    rate_limit: Some(LineLimit {
                        second: limits.second,
                        minute: limits.minute,
                        day: limits.day,
                    }),
                    status: Some(status.to_owned()),
                };
                let mut text = serde_json::to_string(&line).map_err(not_written)?;
                text.push('\n');
                to.write_all(text.as_bytes()).map_err(not_written)
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Csv(mut csv) => csv.flush().map_err(not_written),
            Self::Jsonl(mut to) => to.flush().map_err(not_written),
        }
    }
}

fn not_written(error: impl std::fmt::Display) -> Failure {
    Failure(format!("cannot write: {error}"))
}

#[cfg(test)]
mod tests {
    use model::customer::{CustomerSettings, CustomerUses};
    use model::id::CustomerId;
    use model::key_list::Matching;
    use model::limit::Limits;
    use model::metadata::Metadata;
    use model::time::Timestamp;

    use super::*;

    fn customer() -> CustomerRecord {
        CustomerRecord {
            id: CustomerId::from_random("0123456789"),
            settings: CustomerSettings {
                external_id: "acme, \"7\"".to_owned(),
                name: "=Acme & Söhne".to_owned(),
                metadata: Metadata::read(r#"{"plan": "a,b", "n": 1.50}"#).unwrap(),
                limits: Limits {
                    minute: Some(600),
                    ..Limits::NONE
                },
            },
            version: 1,
            suspended_at: Some(Timestamp(1)),
            created_at: Timestamp(0),
            uses: CustomerUses {
                keys: Matching::Exactly(0),
                active_keys: Matching::Exactly(0),
                requests_24h: 0,
                last_used_at: None,
            },
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for format in [Format::Csv, Format::Jsonl] {
            let mut file = Vec::new();
            let mut writer = Writer::new(format, &mut file).unwrap();
            writer.write(&customer()).unwrap();
            writer.finish().unwrap();
            let found: Vec<ReadCustomer> = read(format, file.as_slice()).unwrap().map(Result::unwrap).collect();
            assert_eq!(found.len(), 1);
            let mut settings = CustomerSettings::default();
            assert!(settings.read(&found[0].form).is_empty(), "{format:?}");
            assert_eq!(settings, customer().settings, "{format:?}");
            assert_eq!(found[0].form.text(STATUS), "suspended");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let failure = |format, text: &str| match read(format, text.as_bytes()) {
            Err(failure) => failure.0,
            Ok(mut all) => all.find_map(Result::err).map(|failure| failure.0).unwrap_or_default(),
        };
        assert!(failure(Format::Csv, "external_id,nmae\n").contains("no column \"nmae\""));
        assert!(failure(Format::Csv, "external_id,name\nacme,Acme\nbeta\n").contains("line: 3"));
        let jsonl = |line: &str| failure(Format::Jsonl, &format!("{{\"externalId\":\"a\"}}\n\n{line}\n"));
        assert!(jsonl("{\"externalId\":").starts_with("line 3: "));
        assert!(jsonl("{\"externalId\":\"b\",\"keys\":1}").contains("unknown field `keys`"));
        assert!(jsonl(&format!("{{\"externalId\":\"{}\"}}", "x".repeat(70_000))).contains("longer than 64 KiB"));
    }

    #[test]
    fn the_name_of_a_file_says_its_format() {
        assert_eq!(Format::of(Path::new("a.csv")).ok(), Some(Format::Csv));
        assert_eq!(Format::of(Path::new("a.b.jsonl")).ok(), Some(Format::Jsonl));
        assert!(Format::of(Path::new("csv")).is_err());
    }
}
