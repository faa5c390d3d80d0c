//! Knobs that tests turn: clock, faults, limits, tokens, forms.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::{self, Clock};
use crate::fault::Fault;
use crate::state::Inner;

/// Changes how a running sandbox behaves. Obtained from
/// [`Sandbox::control`](crate::Sandbox::control).
#[derive(Debug, Clone)]
pub struct Control {
    inner: Arc<Inner>,
}

impl Control {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// Stops the clock at a moment.
    pub fn set_clock(&self, at: Timestamp) {
        self.inner.state().clock = Clock::Fixed(at);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.inner.state().clock.advance(by);
    }

    /// The next `times` requests to `path` (a trailing `*` matches any rest) meet this fault.
    pub fn fault(&self, path: &str, times: u32, fault: Fault) {
        self.inner.state().faults.plan(path, times, fault);
    }

    /// Shorthand for a bare status with an empty JSON object.
    pub fn fail(&self, path: &str, times: u32, status: u16) {
        self.fault(path, times, Fault::Status { status, body: json!({}), headers: Vec::new() });
    }

    /// Forgets all planned faults.
    pub fn clear_faults(&self) {
        self.inner.state().faults.clear();
    }

    /// Allows `requests` per `window`, counted from now. `name` is a bucket (`pub:workflows:write`,
    /// `GET /users`) or a request path (`/v1.0/users`).
    pub fn limit(&self, name: &str, requests: u32, window: Duration) {
        self.inner.state().limits.set(name, requests, window);
    }

    /// Back to the documented limits.
    pub fn clear_limits(&self) {
        self.inner.state().limits.reset();
    }

    /// Revokes every OAuth access token given out so far.
    pub fn revoke_access_tokens(&self) {
        self.inner.state().ironclad().oauth.revoke_access();
    }

    /// Revokes every OAuth grant: access and refresh tokens.
    pub fn revoke_grants(&self) {
        self.inner.state().ironclad().oauth.revoke_all();
    }

    /// Whether the person at `/oauth/authorize` consents; true at first.
    pub fn consent(&self, given: bool) {
        self.inner.state().ironclad().oauth.consent(given);
    }

    /// Replaces a static token: `ironclad`, `torii` or `torii-scim`. False for any other name.
    #[must_use]
    pub fn set_token(&self, which: &str, token: &str) -> bool {
        let mut state = self.inner.state();
        let slot = match which {
            "ironclad" => &mut state.ironclad().token,
            "torii" => &mut state.torii().token,
            "torii-scim" => &mut state.torii().scim_token,
            _ => return false,
        };
        token.clone_into(slot);
        true
    }

    /// Sets one field of a template's launch form, or removes it with `null`. The template is named
    /// by id or name; false when there is none.
    #[must_use]
    pub fn set_form_field(&self, template: &str, field: &str, definition: Value) -> bool {
        self.inner.state().ironclad().set_form_field(template, field, definition)
    }

    /// Adds a template with this launch form and gives its id.
    #[must_use]
    pub fn add_template(&self, name: &str, form: Value) -> String {
        self.inner.state().ironclad().add_template(name, form)
    }

    /// Withdraws a template, by id or name. False when there was none.
    #[must_use]
    pub fn remove_template(&self, template: &str) -> bool {
        self.inner.state().ironclad().remove_template(template)
    }

    /// Adds a field to those of Torii's contracts, as its catalogue of fields lists it.
    pub fn add_contract_field(&self, definition: Value) {
        self.inner.state().torii().add_contract_field(definition);
    }

    /// Empties the request log.
    pub fn clear_requests(&self) {
        self.inner.state().journal.clear();
    }

    /// Carries out a command given as JSON, as `/_sandbox/control` takes it; the members are named
    /// like the methods.
    ///
    /// # Errors
    /// Says which member is wrong.
    pub fn apply(&self, command: &Value) -> Result<Value, String> {
        let members = command.as_object().ok_or("a JSON object is needed")?;
        let mut done = serde_json::Map::new();
        for (name, value) in members {
            let outcome = self
                .apply_one(name, value)
                .ok_or_else(|| format!("'{name}' is unknown or malformed"))?;
            done.insert(name.clone(), outcome);
        }
        Ok(Value::Object(done))
    }

    fn apply_one(&self, name: &str, value: &Value) -> Option<Value> {
        match name {
            "set_clock" => self.set_clock(clock::read(value.as_str()?)?),
            "advance_seconds" => self.advance(Duration::from_secs(value.as_u64()?)),
            "fault" => {
                let times = value.get("times").and_then(Value::as_u64).unwrap_or(1);
                self.fault(
                    value.get("path")?.as_str()?,
                    u32::try_from(times).ok()?,
                    Fault::read(value)?,
                );
            }
            "limit" => {
                let requests = u32::try_from(value.get("requests")?.as_u64()?).ok()?;
                let seconds = value.get("seconds").and_then(Value::as_u64).unwrap_or(60);
                self.limit(value.get("name")?.as_str()?, requests, Duration::from_secs(seconds));
            }
            "consent" => self.consent(value.as_bool()?),
            "set_token" => {
                return self
                    .set_token(value.get("which")?.as_str()?, value.get("token")?.as_str()?)
                    .then_some(Value::Null);
            }
            "set_form_field" => {
                let definition = value.get("definition").cloned().unwrap_or(Value::Null);
                let known = self.set_form_field(
                    value.get("template")?.as_str()?,
                    value.get("field")?.as_str()?,
                    definition,
                );
                return known.then_some(Value::Null);
            }
            "add_template" => {
                return Some(
                    self.add_template(value.get("name")?.as_str()?, value.get("form")?.clone())
                        .into(),
                );
            }
            "add_contract_field" => self.add_contract_field(value.clone()),
            "remove_template" => {
                return self.remove_template(value.as_str()?).then_some(Value::Null);
            }
            "clear_faults"
            | "clear_limits"
            | "clear_requests"
            | "revoke_access_tokens"
            | "revoke_grants" => {
                if value != &Value::Bool(true) {
                    return None;
                }
                match name {
                    "clear_faults" => self.clear_faults(),
                    "clear_limits" => self.clear_limits(),
                    "clear_requests" => self.clear_requests(),
                    "revoke_access_tokens" => self.revoke_access_tokens(),
                    _ => self.revoke_grants(),
                }
            }
            _ => return None,
        }
        Some(Value::Null)
    }
}
