//! Values of a tenant's own fields, held against what the tenant's metadata says of them.

mod fit;

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use support::Tool;
use support::tool::{TenantValues, ValueKind};

pub(crate) use self::fit::{Fit, Found};
use crate::json::member;
use crate::nearest::nearest;
use crate::pointer::child;
use crate::violation::Violation;

/// The fields of a tenant, and what else its metadata lists.
#[derive(Debug)]
pub(crate) struct TenantFields {
    source: TenantValues,
    fields: Vec<TenantField>,
    places: HashMap<String, usize>,
    /// What each of the choices may be.
    choices: Vec<Vec<Named>>,
}

/// One field.
#[derive(Debug)]
pub(crate) struct TenantField {
    name: String,
    label: String,
    /// The type's name.
    written: String,
    kind: ValueKind,
    options: Vec<Named>,
}

/// What is sent, and what people may call it.
#[derive(Debug)]
pub(crate) struct Named {
    sent: String,
    folded: Vec<String>,
}

impl Named {
    fn of<'t>(sent: &'t str, also: impl Iterator<Item = &'t str>) -> Self {
        let folded = std::iter::once(sent).chain(also).map(folded).collect();
        Self { sent: sent.to_owned(), folded }
    }
}

/// Letters without case and accents, so that nobody's spelling matters.
fn folded(text: &str) -> String {
    deunicode::deunicode(text.trim()).to_lowercase()
}

/// The one of `options` that `text` spells: exactly, or else alone in its folded form.
fn spelled<'o>(text: &str, options: &'o [Named]) -> Option<&'o str> {
    if let Some(exact) = options.iter().find(|option| option.sent == text) {
        return Some(&exact.sent);
    }
    let wanted = folded(text);
    if wanted.is_empty() {
        return None;
    }
    let mut alike = options.iter().filter(|option| option.folded.contains(&wanted));
    let first = alike.next()?;
    alike.next().is_none().then_some(first.sent.as_str())
}

/// The one of `options` that `text` spells in its own way: without regard to case and accents.
pub(crate) fn spelling<'o>(text: &str, options: &[&'o str]) -> Option<&'o str> {
    let wanted = folded(text);
    let mut alike = options.iter().filter(|option| folded(option) == wanted);
    let first = alike.next().filter(|_| !wanted.is_empty())?;
    alike.next().is_none().then_some(*first)
}

impl TenantFields {
    /// Reads the metadata that `source` names.
    pub(crate) fn read(source: TenantValues, answer: &Value) -> Self {
        let mut fields: Vec<TenantField> = listed(answer, source.fields, source.key)
            .into_iter()
            .map(|(name, field)| TenantField::read(&source, name, field))
            .collect();
        // What the metadata leaves out says nothing where it lists nothing at all.
        if !fields.is_empty() {
            fields.extend(
                source.further.iter().map(|(name, kind)| TenantField::of(&source, name, kind)),
            );
        }
        let mut places = HashMap::new();
        for (place, field) in fields.iter().enumerate() {
            places.entry(field.name.clone()).or_insert(place);
        }
        let choices = source.choices.iter().map(|choice| {
            let items = listed(answer, choice.items, choice.key);
            let named = items.into_iter().map(|(name, item)| {
                let also = choice.also.iter().filter_map(|also| member(item, also)?.as_str());
                Named::of(name, also)
            });
            named.collect()
        });
        let choices = choices.collect();
        Self { source, fields, places, choices }
    }

    fn get(&self, name: &str) -> Option<&TenantField> {
        self.places.get(name).map(|place| &self.fields[*place])
    }

    /// Brings the values in `arguments` into the forms of their fields; what is wrong, and which
    /// people are still to be found, `fit` collects. `shown_by` names the tool that lists the
    /// fields, where the caller may see it.
    pub(crate) fn fit(
        &self,
        tool: &Tool,
        shown_by: Option<&str>,
        arguments: &mut Map<String, Value>,
        fit: &mut Fit<'_>,
    ) {
        let source = &self.source;
        for (choice, known) in source.choices.iter().zip(&self.choices) {
            if let Some(value) = arguments.get_mut(choice.argument).filter(|_| !known.is_empty()) {
                fit.chosen(&child("", choice.argument), known, value);
            }
        }
        for (name, kind) in source.arguments {
            if let Some(value) = arguments.get_mut(*name).filter(|_| self.get(name).is_none()) {
                fit.value(&child("", name), &TenantField::of(source, name, kind), value);
            }
        }
        for name in source.names {
            let pointer = child("", name);
            match arguments.get(*name).filter(|_| !self.fields.is_empty()) {
                Some(Value::Array(names)) => {
                    for (index, name) in names.iter().enumerate() {
                        if let Some(name) = name.as_str().filter(|name| self.get(name).is_none()) {
                            fit.violations.add(|| {
                                let pointer = child(&pointer, &index.to_string());
                                self.stranger(pointer, name, &[], shown_by)
                            });
                        }
                    }
                }
                Some(Value::Object(members)) => {
                    for name in members.keys().filter(|name| self.get(name).is_none()) {
                        fit.violations
                            .add(|| self.stranger(child(&pointer, name), name, &[], shown_by));
                    }
                }
                _ => {}
            }
        }
        if source.within.is_empty() {
            self.members("", Some(tool), shown_by, arguments, fit);
            return;
        }
        for name in source.within {
            let Some(value) = arguments.get_mut(*name) else { continue };
            fit.parsed(value, Value::is_object);
            if let Value::Object(members) = value {
                self.members(&child("", name), None, shown_by, members, fit);
            }
        }
    }

    /// `tool` is there where arguments of the document stand beside the fields.
    fn members(
        &self,
        pointer: &str,
        tool: Option<&Tool>,
        shown_by: Option<&str>,
        members: &mut Map<String, Value>,
        fit: &mut Fit<'_>,
    ) {
        for (name, value) in members.iter_mut() {
            let declared = tool.and_then(|tool| tool.argument(name));
            if declared.is_some_and(|argument| argument.target.is_parameter()) {
                continue;
            }
            let at = child(pointer, name);
            let instead = self.source.instead.iter().find(|(known, _)| known == name);
            match (self.get(name), instead) {
                (Some(field), _) if self.source.wrapped => fit.wrapped(&at, field, value),
                (Some(field), _) => fit.value(&at, field, value),
                (None, Some((_, sentence))) if declared.is_none() => {
                    fit.violations.add(|| Violation::new(at, *sentence));
                }
                (None, _) if declared.is_some() || self.fields.is_empty() => {}
                (None, _) => fit.violations.add(|| {
                    let beside: Vec<&str> = tool.map_or_else(Vec::new, |tool| {
                        let members = tool.arguments.iter();
                        let members = members.filter(|argument| !argument.target.is_parameter());
                        members.map(|argument| argument.name).collect()
                    });
                    self.stranger(at, name, &beside, shown_by)
                }),
            }
        }
    }

    /// What is wrong with the name of no field; `beside` are those of the document.
    fn stranger(
        &self,
        pointer: String,
        name: &str,
        beside: &[&str],
        shown_by: Option<&str>,
    ) -> Violation {
        let names = || self.fields.iter().map(|field| field.name.as_str());
        let labelled = || {
            let labels = self.fields.iter().map(|field| field.label.as_str());
            let label = nearest(name, labels.filter(|label| !label.is_empty()))?;
            self.fields.iter().find(|field| field.label == label).map(|field| field.name.as_str())
        };
        let near = nearest(name, names().chain(beside.iter().copied())).or_else(labelled);
        let expected = match shown_by {
            Some(tool) => format!("a field of this tenant, as {tool} lists them"),
            None => "a field of this tenant".to_owned(),
        };
        Violation { nearest: near.map(str::to_owned), ..Violation::new(pointer, expected) }
    }
}

impl TenantField {
    fn of(source: &TenantValues, name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: String::new(),
            written: kind.to_owned(),
            kind: source.kinds.of(kind),
            options: Vec::new(),
        }
    }

    fn read(source: &TenantValues, name: &str, field: &Value) -> Self {
        let text = |path: &str| {
            let found = (!path.is_empty()).then(|| member(field, path)).flatten();
            found.and_then(Value::as_str).unwrap_or_default()
        };
        let mut read = Self::of(source, name, text(source.kind));
        text(source.label).clone_into(&mut read.label);
        if !source.options.is_empty() {
            let options = member(field, source.options).and_then(Value::as_array);
            let options = options.into_iter().flatten().filter_map(|option| {
                let sent = member(option, source.option)?.as_str()?;
                let label = (!source.option_label.is_empty())
                    .then(|| option.get(source.option_label)?.as_str())
                    .flatten();
                Some(Named::of(sent, label.into_iter()))
            });
            read.options = options.collect();
        }
        read
    }

    /// What the field takes, with what people call it.
    fn described(&self, money: &support::tool::Money) -> String {
        let shape = self.shape(money);
        if self.label.is_empty() { shape } else { format!("{shape} ({})", self.label) }
    }

    fn shape(&self, money: &support::tool::Money) -> String {
        let options = || fit::one_of(&self.options);
        match self.kind {
            ValueKind::Text | ValueKind::Option if !self.options.is_empty() => options(),
            ValueKind::Options | ValueKind::Texts if !self.options.is_empty() => {
                format!("a list of {}", options())
            }
            ValueKind::Text | ValueKind::Option => "text".to_owned(),
            ValueKind::Email => "a mail address like ann@example.com".to_owned(),
            ValueKind::Number => "a number".to_owned(),
            ValueKind::Boolean => "true or false".to_owned(),
            ValueKind::Date => "a date like 2026-01-31".to_owned(),
            ValueKind::DateTime => "a date like 2026-01-31 or 2026-01-31T09:30:00Z".to_owned(),
            ValueKind::Duration => "an ISO 8601 duration like P1Y or P6M".to_owned(),
            ValueKind::Money => fit::shape_of(money),
            ValueKind::Options | ValueKind::Texts => "a list of texts".to_owned(),
            ValueKind::Person => "the id or the mail address of a user".to_owned(),
            ValueKind::People => "a list of ids or mail addresses of users".to_owned(),
            ValueKind::Ids => "a list of ids".to_owned(),
            ValueKind::Object => "an object".to_owned(),
            ValueKind::Address => {
                r#"{"lines": [text], "locality", "region", "postcode", "country"} or text"#
                    .to_owned()
            }
            ValueKind::Any => "any value".to_owned(),
        }
    }

    /// An example of the whole value where it stands beside its type.
    fn wrapping(&self, money: &support::tool::Money) -> String {
        format!("{{type: {}, value: {}}}", json!(self.written), self.described(money))
    }
}

/// The items at `path`, by name: those of a list have it as the member `key`, those of an object
/// stand by it. `[]` in the path stands for every item of a list.
fn listed<'v>(answer: &'v Value, path: &str, key: &str) -> Vec<(&'v str, &'v Value)> {
    if let Some((list, rest)) = path.split_once("[]") {
        let rest = rest.trim_start_matches('.');
        let items = member(answer, list.trim_end_matches('.')).and_then(Value::as_array);
        return items.into_iter().flatten().flat_map(|item| listed(item, rest, key)).collect();
    }
    match member(answer, path) {
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| Some((member(item, key)?.as_str()?, item))).collect()
        }
        Some(Value::Object(items)) if key.is_empty() => {
            items.iter().map(|(name, item)| (name.as_str(), item)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
