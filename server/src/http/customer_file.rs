//! Customers in files: as CSV (RFC 4180), and as JSON lines with the names of the management API. The command line and the console
//! write and read them.

use std::io::{self, BufRead, Read, Write};

use backend::customers::ExportedCustomer;
use clap::ValueEnum;
use csv::ErrorKind;
use model::customer::{EXTERNAL_ID, METADATA, NAME, STATUS};
use model::form_values::FormValues;
use model::limit::Window;
use serde::Serialize;
use serde_json::value::RawValue;

use super::manage::read_customer_line;

/// The longest line of JSON, in bytes. Metadata alone may have 4 KiB.
const LINE_MAX: u64 = 64 * 1024;

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

/// A customer in a file.
#[derive(Debug)]
pub(crate) struct ReadCustomer {
    /// Where it is, from 1.
    pub(crate) line: usize,
    /// Its fields, or a sentence that says why they cannot be read.
    pub(crate) form: Result<FormValues, String>,
}

/// Reads the customers of a file one after the other. They end where the file cannot be read on.
///
/// # Errors
/// A sentence that says what is wrong with the header.
pub(crate) fn read<'a>(
    format: Format,
    file: impl BufRead + 'a,
) -> Result<Box<dyn Iterator<Item = ReadCustomer> + 'a>, String> {
    match format {
        Format::Csv => Ok(Box::new(read_csv(file)?)),
        Format::Jsonl => Ok(Box::new(read_lines(file))),
    }
}

fn read_csv<'a>(file: impl Read + 'a) -> Result<impl Iterator<Item = ReadCustomer> + 'a, String> {
    let mut csv = csv::Reader::from_reader(WithoutReturns(file));
    let columns = csv.headers().map_err(|error| why(&error))?.clone();
    if let Some(unknown) = columns.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(format!(
            "Line 1 names a column “{}”. The columns are {}, separated by commas.",
            model::form::short(unknown),
            COLUMNS.join(", ")
        ));
    }
    if let Some(twice) = COLUMNS
        .iter()
        .find(|name| columns.iter().filter(|column| column == *name).count() > 1)
    {
        return Err(format!("Line 1 names the column {twice} twice."));
    }
    if !columns.iter().any(|name| name == EXTERNAL_ID) {
        return Err(format!(
            "Line 1 does not name the column {EXTERNAL_ID}, by which customers are found."
        ));
    }
    let mut last = 1;
    let mut is_over = false;
    Ok(csv.into_records().map_while(move |record| {
        if is_over {
            return None;
        }
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        // A failure without a place is one of the file itself.
        last = position.map_or(last + 1, |position| {
            usize::try_from(position.line()).unwrap_or(usize::MAX)
        });
        is_over = matches!(&record, Err(error) if error.is_io_error());
        let form = record.map_err(|error| why(&error)).map(|record| {
            let cells = columns.iter().zip(&record);
            // A cell of a table cannot be left out, and no status is an empty text.
            let cells = cells.filter(|(name, cell)| *name != STATUS || !cell.is_empty());
            FormValues::from(cells.map(|(name, cell)| (name, without_guard(name, cell))))
        });
        Some(ReadCustomer { line: last, form })
    }))
}

/// A file whose lines end in one character. The reader of CSV counts the lines wrongly where they end in two.
struct WithoutReturns<R>(R);

impl<R: Read> Read for WithoutReturns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.0.read(buffer)?;
            let text: Vec<u8> = buffer
                .iter()
                .take(length)
                .copied()
                .filter(|byte| *byte != b'\r')
                .collect();
            for (place, byte) in buffer.iter_mut().zip(&text) {
                *place = *byte;
            }
            if !text.is_empty() || length == 0 {
                return Ok(text.len());
            }
        }
    }
}

/// What is wrong with a line of CSV.
fn why(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::Utf8 { .. } => "This is not UTF-8 text.".to_owned(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let cells = if *len == 1 { "cell" } else { "cells" };
            format!("This line has {len} {cells}, and the header has {expected_len}.")
        }
        _ => error.to_string(),
    }
}

fn read_lines<'a>(mut file: impl BufRead + 'a) -> impl Iterator<Item = ReadCustomer> + 'a {
    let mut line = 0;
    let mut is_over = false;
    std::iter::from_fn(move || {
        loop {
            if is_over {
                return None;
            }
            line += 1;
            let mut text = Vec::new();
            let form = match file.by_ref().take(LINE_MAX + 1).read_until(b'\n', &mut text) {
                Err(error) => {
                    is_over = true;
                    Err(error.to_string())
                }
                Ok(0) => return None,
                Ok(_) if text.len() as u64 > LINE_MAX => {
                    is_over = true;
                    Err("This line is longer than 64 KiB.".to_owned())
                }
                Ok(_) => {
                    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
                    if text.trim_ascii().is_empty() {
                        continue;
                    }
                    read_customer_line(text)
                }
            };
            return Some(ReadCustomer { line, form });
        }
    })
}

/// A customer as a line of JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    external_id: &'a str,
    name: &'a str,
    metadata: Box<RawValue>,
    rate_limit: LineLimit,
    status: &'static str,
}

#[derive(Serialize)]
struct LineLimit {
    second: Option<u32>,
    minute: Option<u32>,
    day: Option<u32>,
}

/// Writes customers, one after the other.
pub(crate) enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    /// Begins a file: CSV has a header.
    pub(crate) fn begin(format: Format, to: W) -> io::Result<Self> {
        let mut writer = Self::go_on(format, to);
        if let Self::Csv(csv) = &mut writer {
            csv.write_record(COLUMNS)?;
        }
        Ok(writer)
    }

    /// Goes on with a file that was begun.
    pub(crate) fn go_on(format: Format, to: W) -> Self {
        match format {
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(to))),
            Format::Jsonl => Self::Jsonl(to),
        }
    }

    pub(crate) fn write(&mut self, customer: &ExportedCustomer) -> io::Result<()> {
        let ExportedCustomer { settings, status } = customer;
        let limits = settings.limits;
        match self {
            Self::Csv(csv) => {
                let limit = |window| limits.of(window).map(|limit| limit.to_string());
                let [second, minute, day] = Window::ALL.map(|window| limit(window).unwrap_or_default());
                csv.write_record([
                    guarded(&settings.external_id).as_str(),
                    &guarded(&settings.name),
                    settings.metadata.as_json().unwrap_or_default(),
                    &second,
                    &minute,
                    &day,
                    status.slug(),
                ])?;
                Ok(())
            }
            Self::Jsonl(to) => {
                let json = settings.metadata.as_json().unwrap_or("{}").to_owned();
                let line = Line {
                    external_id: &settings.external_id,
                    name: &settings.name,
                    metadata: RawValue::from_string(json)?,
                    rate_limit: LineLimit {
                        second: limits.second,
                        minute: limits.minute,
                        day: limits.day,
                    },
                    status: status.slug(),
                };
                let mut text = serde_json::to_string(&line)?;
                text.push('\n');
                to.write_all(text.as_bytes())
            }
        }
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush(),
            Self::Jsonl(mut to) => to.flush(),
        }
    }
}

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

    #[test]
    fn a_mistake_is_told_with_its_line_and_the_others_are_read() {
        let failures = |format, text: &str| match read(format, text.as_bytes()) {
            Err(why) => vec![(1, why)],
            Ok(all) => all
                .filter_map(|customer| Some((customer.line, customer.form.err()?)))
                .collect(),
        };
        let one = |line: usize, why: &str| vec![(line, why.to_owned())];
        assert_eq!(
            failures(Format::Csv, "external_id,nmae\n"),
            one(
                1,
                "Line 1 names a column “nmae”. The columns are external_id, name, metadata, limit_second, limit_minute, limit_day, \
                 status, separated by commas."
            )
        );
        assert_eq!(
            failures(Format::Csv, "name\nAcme\n"),
            one(
                1,
                "Line 1 does not name the column external_id, by which customers are found."
            )
        );
        assert_eq!(
            failures(Format::Csv, "external_id,name,name\n"),
            one(1, "Line 1 names the column name twice.")
        );
        assert_eq!(
            failures(Format::Csv, "\u{feff}external_id,name\nacme,Acme\nbeta\ngamma,Gamma\n"),
            one(3, "This line has 1 cell, and the header has 2.")
        );
        assert_eq!(
            failures(Format::Csv, "external_id,name\r\nacme,Acme\r\nbeta\r\ngamma,Gamma\r\n"),
            one(3, "This line has 1 cell, and the header has 2.")
        );
        let jsonl = |line: &str| {
            let file = format!("\u{feff}{{\"externalId\":\"a\"}}\n\n{line}\n{{\"externalId\":\"c\"}}\n");
            failures(Format::Jsonl, &file)
        };
        assert_eq!(jsonl("{\"externalId\":"), one(3, "This is not one JSON object."));
        assert!(
            jsonl("{\"externalId\":\"b\",\"keys\":1}")[0]
                .1
                .contains("Unknown field `keys`")
        );
        let long = format!("{{\"externalId\":\"{}\"}}", "x".repeat(70_000));
        assert_eq!(jsonl(&long), one(3, "This line is longer than 64 KiB."));
    }

    #[test]
    fn an_empty_cell_of_the_status_leaves_it_as_it_is() {
        let read: Vec<ReadCustomer> = read(Format::Csv, "external_id,status\nacme,\n".as_bytes())
            .unwrap()
            .collect();
        let form = read[0].form.as_ref().unwrap();
        assert_eq!(form.get(STATUS), None);
    }
}
