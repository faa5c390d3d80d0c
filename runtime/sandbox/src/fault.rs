//! What a request may meet instead of its answer, and what is planned of it.

use std::time::Duration;

use serde_json::{Value, json};

/// What a request meets instead of its answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status, body and these further headers.
    Status {
        /// HTTP status.
        status: u16,
        /// Body; a JSON string is sent as plain text.
        body: Value,
        /// Further headers.
        headers: Vec<(String, String)>,
    },
    /// No answer, ever; the connection stays open.
    Hang,
    /// The connection closes without an answer.
    Drop,
    /// Headers and the first bytes arrive, then the connection closes.
    Truncate,
    /// 200 with a body that claims to be JSON and is not.
    Garbage,
    /// The right answer, but late.
    Delay(Duration),
}

impl Fault {
    /// A fault as a command in JSON writes it.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        Some(match value.get("kind")?.as_str()? {
            "status" => Self::Status {
                status: u16::try_from(value.get("status")?.as_u64()?).ok()?,
                body: value.get("body").cloned().unwrap_or_else(|| json!({})),
                headers: value.get("headers").and_then(Value::as_object).map_or_else(
                    Vec::new,
                    |headers| {
                        headers
                            .iter()
                            .filter_map(|(name, value)| {
                                Some((name.clone(), value.as_str()?.to_owned()))
                            })
                            .collect()
                    },
                ),
            },
            "hang" => Self::Hang,
            "drop" => Self::Drop,
            "truncate" => Self::Truncate,
            "garbage" => Self::Garbage,
            "delay" => Self::Delay(Duration::from_millis(value.get("milliseconds")?.as_u64()?)),
            _ => return None,
        })
    }
}

/// Faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    path: String,
    left: u32,
    fault: Fault,
}

impl Faults {
    /// The next `times` requests to `path` meet this fault.
    pub(crate) fn plan(&mut self, path: &str, times: u32, fault: Fault) {
        if times > 0 {
            self.planned.push(Planned { path: path.to_owned(), left: times, fault });
        }
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.planned.clear();
    }

    /// The fault this request meets, if any.
    pub(crate) fn take(&mut self, path: &str) -> Option<Fault> {
        let index = self.planned.iter().position(|planned| applies(&planned.path, path))?;
        let planned = &mut self.planned[index];
        let fault = planned.fault.clone();
        planned.left -= 1;
        if planned.left == 0 {
            self.planned.remove(index);
        }
        Some(fault)
    }
}

fn applies(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == path, |prefix| path.starts_with(prefix))
}
