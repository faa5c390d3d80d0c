//! Checks the types of a crate against its document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Extent, Nulls, Row, Sampler, Trip, difference};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Most samples of one body or answer.
const MOST: usize = 150;

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Bodies and answers that were sampled.
    pub schemas: usize,
    /// Samples that made the trip.
    pub samples: usize,
    /// Operations of the document that the crate has no row for.
    pub missing: Vec<String>,
    /// What was lost, once for each place.
    pub faults: Vec<String>,
}

/// Sends samples of every body and answer through its type.
#[must_use]
pub fn check(document: &Value, table: &[&[Row]]) -> Report {
    let mut report = Report::default();
    let mut requests = Sampler::new(document, "readOnly");
    let mut answers = Sampler::new(document, "writeOnly");
    let rows: Vec<&Row> = table.iter().copied().flatten().collect();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let Some(item) = answers.resolved(item) else { continue };
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let place = format!("{} {path}", method.to_uppercase());
            let Some(row) = row(&rows, method, path) else {
                report.missing.push(place);
                continue;
            };
            if let Some(trip) = row.body
                && let Some(schema) = answers.resolved(&operation["requestBody"]).and_then(json)
            {
                send(
                    &mut report,
                    &mut requests,
                    schema,
                    trip,
                    &format!("{place} body"),
                    Nulls::Survive,
                );
            }
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let code = match status.as_bytes() {
                    [digit @ b'1'..=b'5', b'X' | b'x', _] => u16::from(digit - b'0') * 100 + 99,
                    _ => status.parse().unwrap_or(599),
                };
                let Some(trip) = row.answer(code).and_then(|answer| answer.trip) else { continue };
                let Some(schema) = answers.resolved(response).and_then(json) else { continue };
                send(
                    &mut report,
                    &mut answers,
                    schema,
                    trip,
                    &format!("{place} {status}"),
                    Nulls::AreAbsent,
                );
            }
        }
    }
    report
}

/// The row of an operation; the crate's path may begin with that of the server's address.
fn row<'r>(rows: &[&'r Row], method: &str, path: &str) -> Option<&'r Row> {
    let of_method = || rows.iter().filter(|row| row.method.eq_ignore_ascii_case(method));
    of_method()
        .find(|row| row.path == path)
        .or_else(|| {
            of_method().filter(|row| row.path.ends_with(path)).min_by_key(|row| row.path.len())
        })
        .copied()
}

/// The schema of a JSON body.
fn json(holder: &Value) -> Option<&Value> {
    let content = holder.get("content")?.as_object()?;
    let plain =
        |media: &str| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let found = content.iter().find(|(media, _)| plain(media) == "application/json");
    let found = found.or_else(|| content.iter().find(|(media, _)| plain(media).ends_with("+json")));
    found.and_then(|(_, media)| media.get("schema"))
}

fn send<'d>(
    report: &mut Report,
    sampler: &mut Sampler<'d>,
    schema: &'d Value,
    trip: Trip,
    place: &str,
    nulls: Nulls,
) {
    report.schemas += 1;
    let mut seen = BTreeSet::new();
    for count in 0..MOST {
        let extent = [Extent::All, Extent::Required, Extent::Some][count % 3];
        let Some(sample) = sampler.sample(schema, extent) else { return };
        let unfinished = sampler.unfinished();
        let fault = match trip(&sample) {
            Ok(back) => difference(&sample, &back, nulls),
            Err(fault) => Some(fault),
        };
        match fault {
            None => report.samples += 1,
            Some(fault) if seen.len() < 4 => {
                let kind: String = fault
                    .chars()
                    .filter(|character| !character.is_ascii_digit())
                    .take(60)
                    .collect();
                if seen.insert(kind) {
                    let sample: String = sample.to_string().chars().take(600).collect();
                    report.faults.push(format!("{place}: {fault}\n    {sample}"));
                }
            }
            Some(_) => {}
        }
        if count >= 8 && !unfinished {
            return;
        }
    }
}
