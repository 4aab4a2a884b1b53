//! Reads customers from a file, one after the other.

use std::io::{self, BufRead, Read};

use csv::ErrorKind;
use model::customer::{EXTERNAL_ID, STATUS};
use model::form_values::FormValues;

use super::{BYTE_ORDER_MARK, COLUMNS, Format, without_guard};
use crate::http::manage::read_customer_line;

/// The longest line of JSON, in bytes. Metadata alone may have 4 KiB.
const LINE_MAX: u64 = 64 * 1024;

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

#[cfg(test)]
mod tests {
    use super::*;

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
