//! Writes the values in Prometheus' text format. docs/OPERATIONS.md explains each name.

use std::fmt;

use backend::verifier::{AnswerResult, LATENCY_BOUNDS, RouteTotals};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::snapshot::Snapshot;

const NANOSECONDS: f64 = 1e9;

/// All metrics as text.
pub(super) fn write(snapshot: Snapshot) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut to = Writer(encoder);
        self.write_answers(&mut to)?;
        self.write_database(&mut to)?;
        self.write_people(&mut to)?;
        self.write_process(&mut to)
    }
}

impl Snapshot {
    fn write_answers(&self, to: &mut Writer<'_>) -> fmt::Result {
        to.family(
            "latchkey_requests",
            "Answers to gateways and services, by route and code",
            MetricType::Counter,
            |encoder| {
                for (route, totals) in &self.answers {
                    for result in AnswerResult::all() {
                        let labels = [("route", route.as_str()), ("code", result.as_str())];
                        counter(&mut encoder.encode_family(&labels)?, totals.answers(result))?;
                    }
                }
                Ok(())
            },
        )?;
        to.family(
            "latchkey_request_duration_seconds",
            "Time from the head of a request until its answer is made, by route",
            MetricType::Histogram,
            |encoder| {
                for (route, totals) in &self.answers {
                    let labels = [("route", route.as_str())];
                    histogram(&mut encoder.encode_family(&labels)?, totals)?;
                }
                Ok(())
            },
        )?;
        to.gauge(
            "latchkey_ready",
            "1 if this node answers gateways, 0 if not",
            u64::from(self.ready),
        )?;
        to.gauge(
            "latchkey_index_keys",
            "Keys in memory, with environment keys",
            self.index_keys,
        )
    }

    fn write_database(&self, to: &mut Writer<'_>) -> fmt::Result {
        to.gauge(
            "latchkey_change_seen",
            "Number of the last change that this node has seen in the database",
            self.change_seen,
        )?;
        to.gauge(
            "latchkey_change_in_force",
            "Number of the last change that is in force on this node",
            self.change_in_force,
        )?;
        to.gauge(
            "latchkey_change_lag",
            "Changes that this node has seen and not yet brought into force",
            self.change_seen - self.change_in_force,
        )?;
        if let Some(silence) = self.database_silence {
            to.gauge(
                "latchkey_database_silence_seconds",
                "Time since the database last answered",
                silence,
            )?;
        }
        to.family(
            "latchkey_database_errors",
            "Failures of the database, by kind",
            MetricType::Counter,
            |encoder| {
                for (kind, failures) in self.database_errors {
                    let labels = [("kind", kind.as_str())];
                    counter(&mut encoder.encode_family(&labels)?, failures)?;
                }
                Ok(())
            },
        )?;
        to.gauge(
            "latchkey_unflushed_keys",
            "Approximate number of keys with counted uses that are not stored yet",
            self.unflushed_keys,
        )?;
        to.gauge(
            "latchkey_unflushed_age_seconds",
            "How long the oldest counted uses wait to be stored, at most",
            self.unflushed_age,
        )
    }

    fn write_people(&self, to: &mut Writer<'_>) -> fmt::Result {
        to.family(
            "latchkey_logins",
            "Logins to the console, by result",
            MetricType::Counter,
            |encoder| {
                for (result, logins) in self.logins {
                    let labels = [("result", result.as_str())];
                    counter(&mut encoder.encode_family(&labels)?, logins)?;
                }
                Ok(())
            },
        )?;
        if let Some(sessions) = self.sessions {
            to.gauge(
                "latchkey_sessions",
                "Open sessions of people, over all nodes, at most 15 seconds old",
                sessions,
            )?;
        }
        Ok(())
    }

    fn write_process(&self, to: &mut Writer<'_>) -> fmt::Result {
        let labels = [("version", env!("CARGO_PKG_VERSION"))];
        to.family(
            "latchkey_build",
            "The version of this node",
            MetricType::Info,
            |encoder| encoder.encode_info(&labels),
        )?;
        to.gauge(
            "process_start_time_seconds",
            "Start of the process, in Unix time",
            self.started_at,
        )?;
        if let Some(bytes) = self.process.resident_memory {
            to.gauge("process_resident_memory_bytes", "Memory in use", bytes)?;
        }
        if let Some(seconds) = self.process.processor_time {
            to.family(
                "process_cpu_seconds",
                "Processor time of all threads",
                MetricType::Counter,
                |encoder| counter(encoder, seconds),
            )?;
        }
        if let Some(files) = self.process.open_files {
            to.gauge("process_open_fds", "Open files and connections", files)?;
        }
        if let Some(most) = self.process.most_open_files {
            to.gauge("process_max_fds", "Limit of open files and connections", most)?;
        }
        Ok(())
    }
}

struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn family(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        values: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        values(&mut self.0.encode_descriptor(name, help, None, kind)?)
    }

    #[expect(clippy::needless_pass_by_value, reason = "values are numbers")]
    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.family(name, help, MetricType::Gauge, |encoder| encoder.encode_gauge(&value))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "values are numbers")]
fn counter(encoder: &mut MetricEncoder<'_>, value: impl EncodeCounterValue) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, _, u64>(&value, None)
}

#[expect(clippy::cast_precision_loss, reason = "a metric has 53 bits")]
fn histogram(encoder: &mut MetricEncoder<'_>, totals: &RouteTotals) -> fmt::Result {
    let by_latency = totals.by_latency();
    let bounds = LATENCY_BOUNDS.iter().map(|bound| *bound as f64 / NANOSECONDS);
    let buckets: Vec<(f64, u64)> = bounds.chain([f64::INFINITY]).zip(by_latency).collect();
    let sum = totals.nanoseconds as f64 / NANOSECONDS;
    encoder.encode_histogram::<NoLabelSet>(sum, by_latency.iter().sum(), &buckets, None)
}
