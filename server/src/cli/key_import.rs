//! `latchkey key import`: keys of another system, from a file with a JSON object a line. The file may be of any size: only as many
//! lines as one transaction takes are in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use backend::audit::Actor;
use backend::{Services, Settings};
use clap::Args;
use model::bounded::Bounded;
use model::id::KeyId;
use model::key_form::{ENDPOINT, MAX_GRANTED_ENDPOINTS};
use model::key_import::{ImportOutcome, ImportReport, KeyImport, MAX_IMPORTED_GRANTS, MAX_IMPORTED_KEYS};

use super::in_force::{WAIT_LIMIT, wait_until_active};
use super::{Failure, cannot, print_columns, store};
use crate::config::StoreArgs;
use crate::http::{Refusal, read_import_line};

/// The longest line, in bytes. One with a thousand endpoints and as many networks fits.
const MAX_LINE: usize = 128 * 1024;
/// The most text of one transaction, in bytes, without its last line.
const MAX_TEXT: usize = 1024 * 1024;
/// What a file of some editors begins with (U+FEFF in UTF-8).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Args, Debug)]
pub(super) struct Import {
    #[command(flatten)]
    store: StoreArgs,
    /// File with one JSON object per line, as in POST /manage/v1/keys/import; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would happen to each line, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// The lines of one transaction.
#[derive(Default)]
struct Batch {
    keys: Vec<KeyImport>,
    /// Lines that are no keys.
    unreadable: Vec<(usize, Refusal)>,
    text: usize,
    grants: usize,
}

/// How many lines had which outcome.
#[derive(Default)]
struct Totals {
    created: usize,
    unchanged: usize,
    refused: usize,
    skipped: usize,
}

/// The lines of a file, each at most [`MAX_LINE`] long.
struct Lines<R> {
    reader: R,
    number: usize,
}

/// A line without its end; `None` if it is too long.
type Line = (usize, Option<Vec<u8>>);

impl Import {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let reader: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(&self.file).map_err(|error| cannot("read", &self.file, &error))?;
            Box::new(BufReader::new(file))
        };
        let mut lines = Lines { reader, number: 0 };
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let is_served = services.cluster.is_server_running().await?;
        let (mut totals, mut waiting) = (Totals::default(), Vec::new());
        // Time left to wait for nodes that do not answer.
        let mut patience = WAIT_LIMIT;
        loop {
            let batch = Batch::read(&mut lines).map_err(|error| cannot("read", &self.file, &error))?;
            if batch.is_empty() {
                break;
            }
            let written = self.import(&services, batch, &mut totals, &mut waiting).await?;
            if is_served && written {
                // Nodes apply changes in their order. Without this wait, the change of another person would wait for all these keys.
                let change = services.cluster.last_change().await?;
                let reach = services.cluster.wait_in_force(change, patience).await?;
                if !reach.is_everywhere() {
                    patience = Duration::ZERO;
                }
            }
        }
        eprintln!("{}", totals.sentence(self.dry_run));
        if is_served && !waiting.is_empty() {
            wait_until_active(&services, &waiting).await?;
        }
        services.close().await?;
        Ok(if totals.refused == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Imports the lines of one transaction and prints what became of them. Answers whether anything was written.
    async fn import(
        &self,
        services: &Services,
        batch: Batch,
        totals: &mut Totals,
        waiting: &mut Vec<KeyId>,
    ) -> Result<bool, Failure> {
        let Batch { keys, unreadable, .. } = batch;
        let keys: Bounded<KeyImport, MAX_IMPORTED_KEYS> = Bounded::try_from(keys).map_err(Failure)?;
        // If a line cannot be read, nothing of its transaction is written, and the other lines are only checked.
        let dry_run = self.dry_run || !unreadable.is_empty();
        let report = services.keys.import(&Actor::command_line(), &keys, dry_run).await?;
        for (key, (_, outcome)) in keys.iter().zip(&report.lines) {
            if let ImportOutcome::Created(Some(id)) = outcome
                && key.enabled
            {
                waiting.push(id.clone());
            }
        }
        let is_held_back = !report.written && !self.dry_run;
        totals.add(&report, unreadable.len(), is_held_back);
        let written = report.written && report.created() > 0;
        print_report(report, unreadable, is_held_back)?;
        Ok(written)
    }
}

impl Batch {
    /// Reads the lines of the next transaction. Blank lines count, and say nothing.
    fn read(lines: &mut Lines<impl BufRead>) -> io::Result<Self> {
        let mut batch = Self::default();
        while batch.has_room() {
            let Some((number, text)) = lines.next()? else {
                break;
            };
            let Some(text) = text else {
                let message = format!("This line is longer than {} KiB.", MAX_LINE / 1024);
                let field = String::new();
                batch.unreadable.push((number, Refusal { field, message }));
                continue;
            };
            if text.trim_ascii().is_empty() {
                continue;
            }
            batch.text += text.len();
            match read_import_line(&text, number) {
                Ok(key) => {
                    batch.grants += key.form.all(ENDPOINT).count();
                    batch.keys.push(key);
                }
                Err(refusal) => batch.unreadable.push((number, refusal)),
            }
        }
        Ok(batch)
    }

    /// Whether the transaction takes one more line.
    fn has_room(&self) -> bool {
        self.keys.len() + self.unreadable.len() < MAX_IMPORTED_KEYS
            && self.text < MAX_TEXT
            && self.grants + MAX_GRANTED_ENDPOINTS <= MAX_IMPORTED_GRANTS
    }

    const fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.unreadable.is_empty()
    }
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Some(Vec::new());
        let mut is_there = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            is_there = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            let fits = line.as_ref().is_some_and(|line| line.len() + part.len() <= MAX_LINE);
            match &mut line {
                Some(line) if fits => line.extend_from_slice(part),
                // The rest of a line that is too long is not kept.
                too_long => *too_long = None,
            }
            let read = part.len() + usize::from(end.is_some());
            self.reader.consume(read);
            if end.is_some() {
                break;
            }
        }
        if !is_there {
            return Ok(None);
        }
        self.number += 1;
        if self.number == 1
            && let Some(rest) = line.as_deref().and_then(|line| line.strip_prefix(BYTE_ORDER_MARK))
        {
            line = Some(rest.to_vec());
        }
        Ok(Some((self.number, line)))
    }
}

impl Totals {
    fn add(&mut self, report: &ImportReport, unreadable: usize, is_held_back: bool) {
        self.unchanged += report.unchanged();
        self.refused += report.refused() + unreadable;
        if is_held_back {
            self.skipped += report.created();
        } else {
            self.created += report.created();
        }
    }

    fn sentence(&self, dry_run: bool) -> String {
        let Self {
            created,
            unchanged,
            refused,
            skipped,
        } = self;
        let keys = |count: usize, one: &str, many: &str| {
            if count == 1 {
                format!("1 key {one}")
            } else {
                format!("{count} keys {many}")
            }
        };
        if dry_run {
            let created = keys(*created, "would be imported", "would be imported");
            return format!("{created}, {unchanged} unchanged, {refused} refused. Nothing was written.");
        }
        let created = keys(*created, "was imported", "were imported");
        if *skipped == 0 {
            return format!("{created}, {unchanged} unchanged, {refused} refused.");
        }
        format!(
            "{created}, {unchanged} unchanged, {refused} refused, {skipped} skipped: of up to {MAX_IMPORTED_KEYS} lines together, \
             none is written if one is refused."
        )
    }
}

/// Prints a line for each key: its line, what became of it, and its key ID, or what is wrong in which field.
fn print_report(report: ImportReport, unreadable: Vec<(usize, Refusal)>, is_held_back: bool) -> Result<(), Failure> {
    let mut lines: BTreeMap<usize, (&'static str, String, Vec<Refusal>)> = BTreeMap::new();
    for (line, outcome) in report.lines {
        let refusals = outcome.errors().into_iter().flat_map(Refusal::all).collect();
        let (word, id) = match &outcome {
            ImportOutcome::Created(_) if is_held_back => ("skipped", None),
            ImportOutcome::Created(id) => (outcome.word(), id.as_ref()),
            ImportOutcome::Unchanged(id) => (outcome.word(), Some(id)),
            ImportOutcome::Conflict(_) | ImportOutcome::Invalid(_) => (outcome.word(), None),
        };
        lines.insert(line, (word, id.map(ToString::to_string).unwrap_or_default(), refusals));
    }
    for (line, refusal) in unreadable {
        lines.insert(line, ("invalid", String::new(), vec![refusal]));
    }
    for (line, (word, id, refusals)) in lines {
        let line = line.to_string();
        if refusals.is_empty() {
            print_columns(&[&line, word, &id])?;
        }
        for refusal in refusals {
            print_columns(&[&line, word, &refusal.field, &refusal.message])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &[u8]) -> Vec<(usize, Option<String>)> {
        // A small buffer, so that lines come in pieces.
        let mut lines = Lines {
            reader: BufReader::with_capacity(7, text),
            number: 0,
        };
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            all.push((number, line.map(|line| String::from_utf8(line).unwrap())));
        }
        all
    }

    #[test]
    fn lines_are_numbered_with_and_without_an_end_of_the_last() {
        let expected = [
            (1, Some("one, long".to_owned())),
            (2, Some(String::new())),
            (3, Some("three\r".to_owned())),
        ];
        assert_eq!(lines_of(b"one, long\n\nthree\r\n"), expected);
        assert_eq!(lines_of(b"\xEF\xBB\xBFone, long\n\nthree\r"), expected);
        assert!(lines_of(b"").is_empty());
    }

    #[test]
    fn of_a_line_that_is_too_long_nothing_is_kept() {
        let mut text = vec![b'x'; MAX_LINE];
        text.extend_from_slice(b"\n");
        text.extend(vec![b'x'; 3 * MAX_LINE]);
        text.extend_from_slice(b"\nnext");
        let lines = lines_of(&text);
        assert_eq!(lines[0].1.as_ref().map(String::len), Some(MAX_LINE));
        assert_eq!(lines[1..], [(2, None), (3, Some("next".to_owned()))]);
    }

    #[test]
    fn a_batch_ends_where_a_transaction_is_full() {
        let key = r#"{"sha256": "x", "name": "Shop", "environment": "default"}"#;
        let text = format!("{key}\n").repeat(MAX_IMPORTED_KEYS + 2);
        let mut lines = Lines {
            reader: text.as_bytes(),
            number: 0,
        };
        assert_eq!(Batch::read(&mut lines).unwrap().keys.len(), MAX_IMPORTED_KEYS);
        assert_eq!(Batch::read(&mut lines).unwrap().keys.len(), 2);
        assert!(Batch::read(&mut lines).unwrap().is_empty());

        let endpoints = vec!["chat"; MAX_GRANTED_ENDPOINTS];
        let long = serde_json::json!({"sha256": "x", "name": "Shop", "environment": "default", "endpoints": endpoints});
        let text = format!("{long}\n").repeat(30);
        let mut lines = Lines {
            reader: text.as_bytes(),
            number: 0,
        };
        let batch = Batch::read(&mut lines).unwrap();
        assert_eq!(batch.grants, MAX_IMPORTED_GRANTS);
    }

    #[test]
    fn a_line_that_is_no_key_names_its_field() {
        let text = "[1]\n{\"sha256\": 5}\n{\"sha256\": \"x\", \"name\": \"a\", \"environment\": \"default\", \"more\": 1}\nnull\n";
        let mut lines = Lines {
            reader: text.as_bytes(),
            number: 0,
        };
        let batch = Batch::read(&mut lines).unwrap();
        let fields: Vec<_> = batch
            .unreadable
            .iter()
            .map(|(line, refusal)| (*line, refusal.field.as_str()))
            .collect();
        assert_eq!(fields, [(1, ""), (2, "sha256"), (3, "more"), (4, "")]);
        assert!(batch.keys.is_empty());
    }
}
