//! The filter formulas of lists: `And(Equals([counterpartyName], 'Acme'), GreaterThan([amount],
//! '1000'))`.

use std::cmp::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::call::Call;
use crate::clock;
use crate::reply::Reply;

/// A parsed formula.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    And(Vec<Self>),
    Or(Vec<Self>),
    Empty(String),
    NotEmpty(String),
    Test(Operator, String, Operand),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    NotEqual,
    Contains,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Text(String),
    Today,
    DaysFromToday(i64),
}

/// The formula in the query parameter `filter`.
pub(super) fn from_query(call: &Call) -> Result<Option<Formula>, Reply> {
    let Some(text) = call.query("filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let mut parser = Parser { rest: text };
    let formula = parser.formula();
    match formula {
        Some(formula) if parser.rest.trim().is_empty() => Ok(Some(formula)),
        _ => Err(call.bad_query("filter", "is not a valid filter formula")),
    }
}

impl Formula {
    /// Whether something with these properties passes.
    pub(super) fn admits(&self, property: &dyn Fn(&str) -> Option<Value>, now: Timestamp) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.admits(property, now)),
            Self::Or(parts) => parts.iter().any(|part| part.admits(property, now)),
            Self::Empty(name) => property(name).is_none_or(|value| is_empty(&value)),
            Self::NotEmpty(name) => property(name).is_some_and(|value| !is_empty(&value)),
            Self::Test(operator, name, operand) => {
                let operand = operand.text(now);
                property(name).map_or(*operator == Operator::NotEqual, |value| {
                    holds(*operator, &value, &operand)
                })
            }
        }
    }
}

impl Operand {
    fn text(&self, now: Timestamp) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Today => clock::day(now),
            Self::DaysFromToday(days) => {
                let shift = Duration::from_secs(days.unsigned_abs() * 86_400);
                let at = if *days < 0 { now.checked_sub(shift) } else { now.checked_add(shift) };
                clock::day(at.unwrap_or(now))
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn holds(operator: Operator, value: &Value, operand: &str) -> bool {
    let value = plain(value);
    match operator {
        Operator::Contains => value.to_lowercase().contains(&operand.to_lowercase()),
        Operator::Equals => compare(&value, operand) == Some(Ordering::Equal),
        Operator::NotEqual => compare(&value, operand) != Some(Ordering::Equal),
        Operator::Less => compare(&value, operand) == Some(Ordering::Less),
        Operator::LessOrEqual => {
            matches!(compare(&value, operand), Some(Ordering::Less | Ordering::Equal))
        }
        Operator::Greater => compare(&value, operand) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => {
            matches!(compare(&value, operand), Some(Ordering::Greater | Ordering::Equal))
        }
    }
}

/// The comparable text of a value: wrapped values and amounts are opened.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => object
            .get("value")
            .or_else(|| object.get("amount"))
            .map_or_else(|| value.to_string(), plain),
        other => other.to_string(),
    }
}

fn compare(left: &str, right: &str) -> Option<Ordering> {
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.partial_cmp(&right);
    }
    if let (Some(left), Some(right)) = (clock::read(left), clock::read(right)) {
        return Some(left.cmp(&right));
    }
    Some(left.cmp(right))
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn formula(&mut self) -> Option<Formula> {
        let name = self.word()?;
        self.symbol('(')?;
        let formula = match name {
            "And" => Formula::And(self.formulas()?),
            "Or" => Formula::Or(self.formulas()?),
            "IsEmpty" => Formula::Empty(self.property()?),
            "IsNotEmpty" => Formula::NotEmpty(self.property()?),
            _ => {
                let operator = match name {
                    "Equals" => Operator::Equals,
                    "NotEqual" => Operator::NotEqual,
                    "Contains" => Operator::Contains,
                    "LessThan" => Operator::Less,
                    "LessThanOrEqual" => Operator::LessOrEqual,
                    "GreaterThan" => Operator::Greater,
                    "GreaterThanOrEqual" => Operator::GreaterOrEqual,
                    _ => return None,
                };
                let property = self.property()?;
                self.symbol(',')?;
                Formula::Test(operator, property, self.operand()?)
            }
        };
        self.symbol(')')?;
        Some(formula)
    }

    fn formulas(&mut self) -> Option<Vec<Formula>> {
        let mut formulas = vec![self.formula()?];
        while self.symbol(',').is_some() {
            formulas.push(self.formula()?);
        }
        (formulas.len() >= 2).then_some(formulas)
    }

    fn property(&mut self) -> Option<String> {
        self.symbol('[')?;
        let (name, rest) = self.rest.split_once(']')?;
        self.rest = rest;
        Some(name.trim().to_owned())
    }

    fn operand(&mut self) -> Option<Operand> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with(['\'', '"']) {
            return Some(Operand::Text(self.quoted()?));
        }
        if self.rest.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            let end = self.rest.find([',', ')']).unwrap_or(self.rest.len());
            let (number, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            return Some(Operand::Text(number.trim().to_owned()));
        }
        let name = self.word()?;
        if matches!(name, "true" | "false") {
            return Some(Operand::Text(name.to_owned()));
        }
        self.symbol('(')?;
        let operand = match name {
            "Today" => Operand::Today,
            "Date" => Operand::Text(self.quoted()?),
            "RelativeDate" => Operand::DaysFromToday(self.relative()?),
            _ => return None,
        };
        self.symbol(')')?;
        Some(operand)
    }

    /// A number of days, optionally with a unit: `RelativeDate('-30', 'days')`.
    fn relative(&mut self) -> Option<i64> {
        let Operand::Text(count) = self.operand()? else { return None };
        let unit = if self.symbol(',').is_some() { self.quoted()? } else { "days".to_owned() };
        let factor = match unit.trim_end_matches('s') {
            "day" => 1,
            "week" => 7,
            "month" => 30,
            "year" => 365,
            _ => return None,
        };
        count.parse::<i64>().ok()?.checked_mul(factor)
    }

    fn quoted(&mut self) -> Option<String> {
        let text = self.rest.trim_start();
        let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        let (inner, rest) = text[1..].split_once(quote)?;
        self.rest = rest;
        Some(inner.to_owned())
    }

    fn word(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn symbol(&mut self, symbol: char) -> Option<()> {
        let rest = self.rest.trim_start().strip_prefix(symbol)?;
        self.rest = rest;
        Some(())
    }
}
