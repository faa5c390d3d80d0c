//! One value, brought into the form of its field.

use std::collections::HashMap;

use serde_json::{Map, Value};
use support::tool::{Money, People, ValueKind};

use super::{Named, TenantField, spelled};
use crate::json::{self, Allowance};
use crate::nearest::nearest;
use crate::pointer::child;
use crate::tools::date::{self, Form};
use crate::violation::{Violation, Violations};

/// The most options that a violation names.
const SHOWN: usize = 40;
/// The longest duration and the like that is read, in bytes.
const LONGEST: usize = 100;
/// The longest mail address that people are looked for by, in bytes (RFC 5321 section 4.5.3.1).
const LONGEST_MAIL: usize = 254;
/// The most people that are looked for in one call.
const MOST_PEOPLE: usize = 20;
/// The most options that one value may name.
const MOST_ITEMS: usize = 1_000;

/// One fit: what is known beforehand, and what is found.
#[derive(Debug)]
pub(crate) struct Fit<'f> {
    money: &'f Money,
    people: Option<&'f People>,
    found: &'f Found,
    /// The mail addresses of people who are still to be found.
    pub(crate) wanted: Vec<String>,
    pub(crate) violations: Violations,
    allowance: Allowance,
}

/// Ids of people by mail address: `Null` where nobody has it, `None` where that cannot be told.
pub(crate) type Found = HashMap<String, Option<Value>>;

/// What became of a value.
type Fitted = Result<(), String>;

impl<'f> Fit<'f> {
    pub(crate) fn new(kinds: &'f support::tool::ValueKinds, found: &'f Found) -> Self {
        let (money, people) = (&kinds.money, kinds.people.as_ref());
        let (violations, allowance) = (Violations::default(), Allowance::default());
        Self { money, people, found, wanted: Vec::new(), violations, allowance }
    }

    /// Text that is JSON of the type wanted becomes that.
    pub(super) fn parsed(&mut self, value: &mut Value, wanted: fn(&Value) -> bool) {
        let parsed =
            value.as_str().and_then(|text| json::in_text(text.trim(), &mut self.allowance));
        if let Some(parsed) = parsed.filter(wanted) {
            *value = parsed;
        }
    }

    /// A value that stands beside its type.
    pub(super) fn wrapped(&mut self, pointer: &str, field: &TenantField, value: &mut Value) {
        self.parsed(value, Value::is_object);
        let (has_value, has_type) =
            (value.get("value").is_some(), value.get("type").is_some_and(Value::is_string));
        if !has_value {
            if has_type || value.is_null() {
                let expected = field.wrapping(self.money);
                self.violations.add(|| Violation::new(pointer, expected));
                return;
            }
            let bare = value.take();
            *value = Value::Object(Map::from_iter([("value".to_owned(), bare)]));
        }
        let Value::Object(members) = value else { return };
        // A type that this program does not know is the caller's to give.
        if !field.written.is_empty() && (field.kind != ValueKind::Any || !has_type) {
            members.insert("type".to_owned(), field.written.as_str().into());
        }
        if let Some(inner) = members.get_mut("value") {
            if inner.is_null() {
                let expected = field.described(self.money);
                self.violations.add(|| Violation::new(child(pointer, "value"), expected));
                return;
            }
            let empty = inner.as_array().is_some_and(Vec::is_empty);
            self.value(&child(pointer, "value"), field, inner);
            if empty && field.kind == ValueKind::Texts {
                let expected = format!("{}, not an empty one", field.described(self.money));
                self.violations.add(|| Violation::new(child(pointer, "value"), expected));
            }
        }
    }

    /// The value of a field; null clears one.
    pub(super) fn value(&mut self, pointer: &str, field: &TenantField, value: &mut Value) {
        if value.is_null() {
            return;
        }
        match field.kind {
            ValueKind::Text | ValueKind::Option if !field.options.is_empty() => {
                self.option(pointer, &field.options, value);
                return;
            }
            ValueKind::Options | ValueKind::Texts if !field.options.is_empty() => {
                self.several(pointer, field, value);
                return;
            }
            ValueKind::People => {
                self.people(pointer, field, value);
                return;
            }
            _ => {}
        }
        if let Err(expected) = self.one(field, value) {
            self.violations.add(|| {
                let about = if field.label.is_empty() || expected.ends_with(')') {
                    expected
                } else {
                    format!("{expected} ({})", field.label)
                };
                Violation::new(pointer, about)
            });
        }
    }

    /// A value that is not held against options.
    fn one(&mut self, field: &TenantField, value: &mut Value) -> Fitted {
        let fits = match field.kind {
            ValueKind::Text | ValueKind::Option => {
                if value.is_number() {
                    *value = Value::String(value.to_string());
                }
                value.is_string()
            }
            ValueKind::Email => match value.as_str().map(str::trim).filter(|text| is_mail(text)) {
                Some(mail) => {
                    *value = mail.into();
                    true
                }
                None => false,
            },
            ValueKind::Number => {
                self.parsed(value, Value::is_number);
                value.is_number()
            }
            ValueKind::Boolean => {
                match value.as_str().map(|text| text.trim().to_ascii_lowercase()).as_deref() {
                    Some("true") => *value = true.into(),
                    Some("false") => *value = false.into(),
                    _ => {}
                }
                value.is_boolean()
            }
            ValueKind::Date | ValueKind::DateTime => return day(field.kind, value),
            ValueKind::Duration => match value.as_str().and_then(lasting) {
                Some(written) => {
                    *value = written.into();
                    true
                }
                None => spelled_out(value),
            },
            ValueKind::Money => return self.amount(field, value),
            ValueKind::Person => return self.person(field, value),
            ValueKind::Texts | ValueKind::Options => {
                self.listed(value, Value::is_string);
                value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
            }
            ValueKind::Ids => {
                self.listed(value, |item| item.is_u64() || numeric(item).is_some());
                if let Value::Array(items) = value {
                    for item in items.iter_mut() {
                        if let Some(id) = numeric(item) {
                            *item = id.into();
                        }
                    }
                }
                value.as_array().is_some_and(|items| items.iter().all(Value::is_u64))
            }
            ValueKind::Object => {
                self.parsed(value, Value::is_object);
                value.is_object()
            }
            ValueKind::Address => {
                self.parsed(value, Value::is_object);
                value.is_object() || value.as_str().is_some_and(|text| !text.trim().is_empty())
            }
            // People are read one by one.
            ValueKind::People | ValueKind::Any => true,
        };
        if fits { Ok(()) } else { Err(field.described(self.money)) }
    }

    /// JSON text of a list becomes the list, one item the only one of a list.
    fn listed(&mut self, value: &mut Value, fits: fn(&Value) -> bool) {
        self.parsed(value, Value::is_array);
        if !value.is_array() && fits(value) && self.allowance.spend(1) {
            *value = Value::Array(vec![value.take()]);
        }
    }

    /// One or several of `known`, as they are spelled there.
    pub(super) fn chosen(&mut self, pointer: &str, known: &[Named], value: &mut Value) {
        self.parsed(value, Value::is_array);
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.option(&child(pointer, &index.to_string()), known, item);
                }
            }
            Value::Null => {}
            one => self.option(pointer, known, one),
        }
    }

    /// One of `known`.
    fn option(&mut self, pointer: &str, known: &[Named], value: &mut Value) {
        if let Value::Array(items) = value
            && let [Value::String(only)] = items.as_slice()
        {
            *value = only.as_str().into();
        }
        if self.violations.is_full() {
            // Nobody is told what would be right here: spellings are not looked for.
            if !known.iter().any(|option| value == option.sent.as_str()) {
                self.violations.count_unnamed(1);
            }
            return;
        }
        let text = match &*value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => String::new(),
        };
        if let Some(sent) = spelled(&text, known) {
            *value = sent.into();
            return;
        }
        self.violations.add(|| {
            let near = nearest(&text, known.iter().map(|option| option.sent.as_str()));
            let nearest = near.map(str::to_owned).or_else(|| labelled(&text, known));
            Violation { nearest, ..Violation::new(pointer, one_of(known)) }
        });
    }

    fn several(&mut self, pointer: &str, field: &TenantField, value: &mut Value) {
        self.parsed(value, Value::is_array);
        if let Value::String(text) = &*value {
            let parts = || text.split(',').map(|part| spelled(part.trim(), &field.options));
            let list: Option<Vec<&str>> = match spelled(text, &field.options) {
                Some(one) => Some(vec![one]),
                None => parts().collect(),
            };
            if let Some(list) = list.filter(|list| self.allowance.spend(list.len())) {
                *value = list.into();
                return;
            }
        }
        match value {
            Value::Array(items) if items.len() <= MOST_ITEMS => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.option(&child(pointer, &index.to_string()), &field.options, item);
                }
            }
            _ => {
                let expected = field.described(self.money);
                self.violations.add(|| Violation::new(pointer, expected));
            }
        }
    }

    fn people(&mut self, pointer: &str, field: &TenantField, value: &mut Value) {
        self.parsed(value, Value::is_array);
        if let Value::String(text) = &*value {
            let parts: Vec<Value> = text.split(',').map(|part| part.trim().into()).collect();
            if self.allowance.spend(parts.len()) {
                *value = Value::Array(parts);
            }
        } else if value.is_u64() {
            *value = Value::Array(vec![value.take()]);
        }
        let Value::Array(items) = value else {
            let expected = field.described(self.money);
            self.violations.add(|| Violation::new(pointer, expected));
            return;
        };
        for (index, item) in items.iter_mut().enumerate() {
            if let Err(expected) = self.person(field, item) {
                let at = child(pointer, &index.to_string());
                self.violations.add(|| Violation::new(at, expected));
            }
        }
    }

    /// The id of a person, who may be given by mail address.
    fn person(&mut self, field: &TenantField, value: &mut Value) -> Fitted {
        let whole = self.people.is_some_and(|people| people.whole);
        let wrong = || match field.kind {
            ValueKind::People => "the id or the mail address of a user".to_owned(),
            _ => field.shape(self.money),
        };
        match value {
            Value::Number(_) if value.is_u64() && whole => Ok(()),
            Value::String(text) if self.people.is_some() && is_mail(text.trim()) => {
                let mail = text.trim().to_lowercase();
                match self.found.get(&mail) {
                    Some(Some(Value::Null)) => Err(format!(
                        "the id or the mail address of a user; nobody here has the address {mail}"
                    )),
                    Some(Some(id)) => {
                        *value = id.clone();
                        Ok(())
                    }
                    // No address becomes more than one in a filter of the vendor's.
                    None if self.wanted.len() + self.found.len() < MOST_PEOPLE
                        && !mail.contains(['"', '\\']) =>
                    {
                        if !self.wanted.contains(&mail) {
                            self.wanted.push(mail);
                        }
                        Ok(())
                    }
                    // Nobody can be asked for them, or not for so many.
                    None | Some(None) => Err("the id of a user".to_owned()),
                }
            }
            Value::String(text) if !whole => {
                let fits = !text.trim().is_empty();
                if fits { Ok(()) } else { Err(wrong()) }
            }
            other => match numeric(other).filter(|_| whole) {
                Some(id) => {
                    *other = id.into();
                    Ok(())
                }
                None => Err(wrong()),
            },
        }
    }

    /// Money: the amount beside its currency, in the vendor's members.
    fn amount(&mut self, field: &TenantField, value: &mut Value) -> Fitted {
        let money = self.money;
        let wrong = || field.described(money);
        self.parsed(value, Value::is_object);
        if money.bare && !value.is_object() {
            self.parsed(value, Value::is_number);
            return if fits_amount(value, money) { Ok(()) } else { Err(wrong()) };
        }
        let Value::Object(members) = value else { return Err(wrong()) };
        for (given, wanted) in [("amount", money.amount), ("value", money.amount)] {
            if given != wanted
                && !members.contains_key(wanted)
                && let Some(amount) = members.shift_remove(given)
            {
                members.insert(wanted.to_owned(), amount);
            }
        }
        if let Some(amount) = members.get_mut(money.amount) {
            self.parsed(amount, Value::is_number);
        }
        let amount = members.get(money.amount).is_some_and(|amount| fits_amount(amount, money));
        let code = members.get(money.currency).and_then(Value::as_str).map(str::trim);
        let code =
            code.filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()));
        let (true, Some(code), 2) = (amount, code, members.len()) else { return Err(wrong()) };
        let code = code.to_ascii_uppercase();
        members.insert(money.currency.to_owned(), code.into());
        Ok(())
    }
}

/// How money is written, as an example.
pub(super) fn shape_of(money: &Money) -> String {
    let Money { amount, currency, unit, whole, bare } = money;
    let example = if *whole { "500000" } else { "5000.5" };
    let unit = if unit.is_empty() { String::new() } else { format!(", in {unit}") };
    let bare = if *bare { ", or a number" } else { "" };
    format!("{{{amount}: {example}, {currency}: \"USD\"}}{bare}{unit}")
}

fn fits_amount(value: &Value, money: &Money) -> bool {
    value.is_number() && (!money.whole || value.is_i64() || value.is_u64())
}

/// A day or a moment, as RFC 3339 writes it.
fn day(kind: ValueKind, value: &mut Value) -> Fitted {
    let form = if kind == ValueKind::Date { Form::Date } else { Form::DateTime };
    let Value::String(text) = value else { return Err(form.example("")) };
    let written = date::normalise(text, Form::Date);
    *text = match (form, written) {
        // A bare day is a moment's day, and stays one.
        (Form::DateTime, Ok(day)) if day == text.trim() => day,
        (Form::DateTime, _) => date::normalise(text, Form::DateTime)?,
        (Form::Date, written) => written?,
    };
    Ok(())
}

/// A duration in ISO 8601, however it is spelled.
fn lasting(text: &str) -> Option<String> {
    let text = text.trim();
    let is_short = !text.is_empty() && text.len() <= LONGEST;
    let span: jiff::Span = is_short.then(|| text.parse().ok()).flatten()?;
    if span.is_negative() || span.is_zero() {
        return None;
    }
    let iso = text.starts_with('P') && text.bytes().all(|byte| !byte.is_ascii_lowercase());
    Some(if iso { text.to_owned() } else { span.to_string() })
}

/// `{years: 1, months: 6}` as `P1Y6M`.
fn spelled_out(value: &mut Value) -> bool {
    let Some(units) = value.as_object().filter(|units| !units.is_empty()) else { return false };
    let mut out = "P".to_owned();
    let mut read = 0;
    for (unit, letter) in [("years", 'Y'), ("months", 'M'), ("weeks", 'W'), ("days", 'D')] {
        if let Some(number) = units.get(unit) {
            let Some(number) = number.as_u64().filter(|number| *number <= 10_000) else {
                return false;
            };
            read += 1;
            if number > 0 {
                out.push_str(&number.to_string());
                out.push(letter);
            }
        }
    }
    if read != units.len() || out.len() < 3 {
        return false;
    }
    *value = out.into();
    true
}

fn is_mail(text: &str) -> bool {
    let apart = text.split_once('@');
    text.len() <= LONGEST_MAIL
        && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
        && apart.is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
}

/// An id that is written as text.
fn numeric(value: &Value) -> Option<u64> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// The option whose label, rather than itself, was nearly given.
fn labelled(text: &str, known: &[Named]) -> Option<String> {
    let labels =
        || known.iter().flat_map(|option| option.folded.iter().map(move |label| (option, label)));
    let label = nearest(text, labels().map(|(_, label)| label.as_str()))?;
    labels().find(|(_, known)| *known == label).map(|(option, _)| option.sent.clone())
}

/// The options; those that hold a comma are quoted.
pub(super) fn one_of(options: &[Named]) -> String {
    let shown = options.iter().take(SHOWN).map(|option| {
        let sent = &option.sent;
        if sent.contains([',', '"']) {
            Value::from(sent.as_str()).to_string()
        } else {
            sent.clone()
        }
    });
    let more = options.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("one of {}{more}", shown.collect::<Vec<_>>().join(", "))
}
