//! Usage as CSV (RFC 4180), read one piece at a time: a slow reader makes the server keep no more than one piece in
//! memory.

mod customers;

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use model::id::KeyId;
use model::role::Permission;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::{Range, UsageQuery, UsedKeyName};

use self::customers::CustomerExport;
use super::filter::UsageFilter;
use super::retention::KEYS_PER_BATCH;
use super::{count, names};
use crate::actor::Actor;
use crate::error::Result;
use crate::store::usage::{
    ExportRow, Keys, Place, Span, Table, key_after, last_summed_day, sums_of_day, usage_rows, uses_of_unknown_tokens,
};
use crate::usage::Usage;

/// Number of rows that are read at a time.
const BATCH: usize = 5_000;
/// The end of a line in RFC 4180.
const END: &str = "\r\n";
const HEADER: &str = "start,period,key_id,key_name,environment,endpoint,code,requests\r\n";

/// An export that has begun, with what it still has to read.
#[derive(Debug)]
pub struct UsageExport {
    filter: UsageFilter,
    /// If the export is about one customer.
    customer: Option<CustomerExport>,
    periods: VecDeque<Period>,
    /// How far the first period was read: up to a row, or up to a key where the hours have to be added up.
    after: Place,
    begun: bool,
}

impl UsageExport {
    pub const fn range(&self) -> Range {
        self.filter.range
    }
}

/// An hour, or a day that was summed up or not. In Unix hours and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Hour(i64),
    Day(i64),
    /// A day whose hours have to be added up.
    HoursOfDay(i64),
}

impl Period {
    fn start(self) -> Timestamp {
        match self {
            Self::Hour(hour) => Timestamp(hour * HOUR),
            Self::Day(day) | Self::HoursOfDay(day) => Timestamp(day * DAY),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Hour(_) => "hour",
            Self::Day(_) | Self::HoursOfDay(_) => "day",
        }
    }

    /// The first and the last of its hours.
    const fn hours(self) -> Span {
        match self {
            Self::Hour(hour) => (hour, hour),
            Self::Day(day) | Self::HoursOfDay(day) => (day * 24, day * 24 + 23),
        }
    }
}

impl Usage {
    /// Begins an export of the requests that a report is about: by day where the report has steps of whole days, else
    /// by hour.
    pub async fn begin_export(&self, actor: &Actor, query: &UsageQuery) -> Result<UsageExport> {
        actor.require(Permission::SeeKeys)?;
        let filter = self.read_permitted_filter(actor, query).await?;
        // The answer has to include the uses that were counted in memory.
        self.flush_of_report(&filter).await?;
        let now = self.store.now();
        let (first, last) = filter.range.hours(now);
        let periods = if filter.range.is_by_day() {
            let summed = last_summed_day(&self.store.db).await?.unwrap_or(i64::MIN);
            let period = |day| {
                if day <= summed {
                    Period::Day(day)
                } else {
                    Period::HoursOfDay(day)
                }
            };
            (first.div_euclid(24)..=last.div_euclid(24)).map(period).collect()
        } else {
            (first..=last).map(Period::Hour).collect()
        };
        let customer = match &filter.customer {
            Some(id) => Some(CustomerExport::new(&self.store.db, id, &filter).await?),
            None => None,
        };
        Ok(UsageExport {
            filter,
            customer,
            periods,
            after: Place::default(),
            begun: false,
        })
    }

    /// The next lines, with the header before the first; `None` at the end.
    pub async fn export_lines(&self, export: &mut UsageExport) -> Result<Option<String>> {
        let mut text = String::new();
        if !export.begun {
            export.begun = true;
            // The header goes out at once: finding the first row may take a while.
            let header = if export.customer.is_some() {
                customers::HEADER
            } else {
                HEADER
            };
            return Ok(Some(header.to_owned()));
        }
        if let Some(customer) = &export.customer {
            while let Some(period) = export.periods.pop_front() {
                customer.add_lines(&self.store.db, &mut text, period).await?;
                if text.len() > BATCH * 16 {
                    return Ok(Some(text));
                }
            }
            return Ok((!text.is_empty()).then_some(text));
        }
        while let Some(period) = export.periods.front().copied() {
            let first = export.after == Place::default();
            if first && export.filter.key.is_none() && export.filter.environment.is_empty() {
                let endpoint = export.filter.endpoint.as_deref();
                for row in uses_of_unknown_tokens(&self.store.db, period.hours(), endpoint).await? {
                    line(&mut text, period, &row, None);
                }
            }
            let (rows, next) = self.rows_of(&export.filter, period, &export.after).await?;
            if next.is_none() {
                export.periods.pop_front();
            }
            export.after = next.unwrap_or_default();
            self.lines(&mut text, period, rows, &export.filter.environment).await?;
            if text.len() > BATCH * 16 {
                return Ok(Some(text));
            }
        }
        Ok((!text.is_empty()).then_some(text))
    }

    /// The next rows of a period, and where the rows after them start, if there may be more.
    async fn rows_of(
        &self,
        filter: &UsageFilter,
        period: Period,
        after: &Place,
    ) -> Result<(Vec<ExportRow>, Option<Place>)> {
        let db = &self.store.db;
        let endpoint = filter.endpoint.as_deref();
        let part = match period {
            Period::Hour(hour) => (Table::Hours, hour),
            Period::Day(day) => (Table::Days, day),
            Period::HoursOfDay(_) => {
                // A piece has the sums of some keys. With a limit on the number of sums, each piece would have to add up
                // the whole day.
                let next = match &filter.key {
                    Some(_) => None,
                    None => key_after(db, after.key_id.as_ref(), KEYS_PER_BATCH).await?,
                };
                let keys = match &filter.key {
                    Some(key) => Keys::One(key),
                    None => Keys::Between(after.key_id.as_ref(), next.as_ref()),
                };
                let rows = sums_of_day(db, period.hours(), keys, endpoint).await?;
                let next = next.map(|key_id| Place {
                    key_id: Some(key_id),
                    ..Place::default()
                });
                return Ok((rows, next));
            }
        };
        let rows = usage_rows(db, part, filter.key.as_ref(), endpoint, after, BATCH).await?;
        let last = rows.last().filter(|_| rows.len() == BATCH);
        let next = last.map(|last| Place {
            key_id: last.key_id.as_deref().cloned(),
            endpoint_name: last.endpoint_name.clone(),
            code: last.code.clone(),
        });
        Ok((rows, next))
    }

    /// Adds the lines of these rows, of one environment or (empty) of all.
    async fn lines(&self, text: &mut String, period: Period, rows: Vec<ExportRow>, environment: &str) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<KeyId> = rows.iter().filter_map(|row| row.key_id.as_deref().cloned()).collect();
        ids.dedup();
        let names: HashMap<KeyId, UsedKeyName> = names::of_keys(&self.store.db, &ids).await?;
        for row in rows {
            let of = row.key_id.as_deref().and_then(|key| names.get(key));
            let its = of.map_or("", |of| environment_of(of));
            if environment.is_empty() || its == environment {
                line(text, period, &row, of);
            }
        }
        Ok(())
    }
}

fn line(text: &mut String, period: Period, row: &ExportRow, of: Option<&UsedKeyName>) {
    let (name, environment) = match of {
        Some(UsedKeyName::List { name, environment }) => (name.clone(), environment.as_str()),
        Some(UsedKeyName::Environment(name)) => (format!("environment key of {name}"), name.as_str()),
        Some(UsedKeyName::Deleted) | None => (String::new(), ""),
    };
    // Writing to a String does not fail.
    let _ = write!(
        text,
        "{},{},{},{},{},{},{},{}{END}",
        field(&period.start().rfc3339()),
        field(period.word()),
        field(row.key_id.as_deref().map_or("", KeyId::as_str)),
        field(&name),
        field(environment),
        field(&row.endpoint_name),
        field(&row.code),
        field(&count(row.total).to_string()),
    );
}

fn environment_of(of: &UsedKeyName) -> &str {
    match of {
        UsedKeyName::List { environment, .. } | UsedKeyName::Environment(environment) => environment,
        UsedKeyName::Deleted => "",
    }
}

/// A field in the form of RFC 4180, always quoted. Text that a spreadsheet would take for a formula gets an apostrophe
/// before it (OWASP, CSV injection), since people choose names freely. So does such text inside a field, where a reader
/// with other separators or quotes would begin a cell.
fn field(value: &str) -> String {
    let mut field = String::with_capacity(value.len() + 2);
    field.push('"');
    let mut begins = true;
    for character in value.chars() {
        let formula = matches!(
            character,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        );
        if begins && formula {
            field.push('\'');
        }
        match character {
            '"' => field.push_str("\"\""),
            other => field.push(other),
        }
        // Some readers skip spaces before a formula, and for others a quote ends a cell.
        let separates = matches!(character, ',' | ';' | '|' | '"' | '\t' | '\r' | '\n');
        begins = separates || (begins && character.is_whitespace());
    }
    field.push('"');
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_and_never_a_formula() {
        for (value, written) in [
            ("Shop", "\"Shop\""),
            ("", "\"\""),
            ("Shop, \"old\"", "\"Shop, \"\"old\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (
                "=HYPERLINK(\"https://example.com\")",
                "\"'=HYPERLINK(\"\"https://example.com\"\")\"",
            ),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"  '=1\""),
            ("\t=1", "\"'\t'=1\""),
            ("\u{ff1d}1", "\"'\u{ff1d}1\""),
            ("a;=1", "\"a;'=1\""),
            ("a, +1", "\"a, '+1\""),
            ("a\t-1", "\"a\t'-1\""),
            ("a\n@b", "\"a\n'@b\""),
            ("a\";=1", "\"a\"\";'=1\""),
            ("a=b-c", "\"a=b-c\""),
        ] {
            assert_eq!(field(value), written, "{value:?}");
        }
    }
}
