//! Writes customers into a file, one after the other.

use std::io::{self, Write};

use backend::customers::ExportedCustomer;
use model::limit::Window;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{COLUMNS, Format, guarded};

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
