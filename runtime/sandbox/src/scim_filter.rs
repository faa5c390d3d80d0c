//! SCIM filters (RFC 7644, 3.4.2.2): comparisons joined by `and` and `or`, with `not` and
//! parentheses.

use serde_json::Value;

/// A parsed filter.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Present(String),
    Compare(String, String, Value),
}

/// Reads a filter; `None` when it is malformed.
pub(crate) fn parse(text: &str) -> Option<Filter> {
    let mut tokens = tokens(text)?;
    tokens.reverse();
    let filter = alternative(&mut tokens)?;
    tokens.is_empty().then_some(filter)
}

impl Filter {
    /// Whether a resource passes.
    pub(crate) fn admits(&self, resource: &Value) -> bool {
        match self {
            Self::And(left, right) => left.admits(resource) && right.admits(resource),
            Self::Or(left, right) => left.admits(resource) || right.admits(resource),
            Self::Not(inner) => !inner.admits(resource),
            Self::Present(path) => !values(resource, path).is_empty(),
            Self::Compare(path, operator, wanted) => {
                let found = values(resource, path);
                if operator == "ne" {
                    found.iter().all(|value| !holds("eq", value, wanted))
                } else {
                    found.iter().any(|value| holds(operator, value, wanted))
                }
            }
        }
    }

    /// The attributes that the filter names, and whether it joins several comparisons.
    pub(crate) fn simple_attribute(&self) -> Option<&str> {
        match self {
            Self::Present(path) | Self::Compare(path, _, _) => Some(path),
            _ => None,
        }
    }
}

fn holds(operator: &str, value: &Value, wanted: &Value) -> bool {
    let fold = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
    let (value, wanted) = (fold(value), fold(wanted));
    match operator {
        "eq" => value == wanted,
        "co" => value.contains(&wanted),
        "sw" => value.starts_with(&wanted),
        "ew" => value.ends_with(&wanted),
        "gt" => value > wanted,
        "ge" => value >= wanted,
        "lt" => value < wanted,
        _ => value <= wanted,
    }
}

/// All values at a dotted path, arrays spread; a multi-valued complex attribute stands for its
/// `value`.
fn values<'a>(resource: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![resource];
    let steps: Vec<&str> = if path.starts_with("urn:") {
        let cut = path.rfind(':').unwrap_or(0);
        if resource.get(path).is_some() { vec![path] } else { vec![&path[..cut], &path[cut + 1..]] }
    } else {
        path.split('.').collect()
    };
    for step in steps {
        found = found
            .into_iter()
            .filter_map(|value| member(value, step))
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .collect();
    }
    found
        .into_iter()
        .map(|value| member(value, "value").unwrap_or(value))
        .filter(|value| !value.is_null())
        .collect()
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Literal(Value),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        match first {
            '(' => {
                tokens.push(Token::Open);
                rest = &rest[1..];
            }
            ')' => {
                tokens.push(Token::Close);
                rest = &rest[1..];
            }
            '"' => {
                let mut reader = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
                let value = reader.next()?.ok()?;
                tokens.push(Token::Literal(value));
                rest = &rest[reader.byte_offset()..];
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
                    .unwrap_or(rest.len());
                let (word, tail) = rest.split_at_checked(end)?;
                let literal = serde_json::from_str::<Value>(word).ok();
                tokens.push(literal.map_or_else(|| Token::Word(word.to_owned()), Token::Literal));
                rest = tail;
            }
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// Tokens come reversed, so that the next one is the last.
fn alternative(tokens: &mut Vec<Token>) -> Option<Filter> {
    let mut left = conjunction(tokens)?;
    while take_word(tokens, "or") {
        left = Filter::Or(Box::new(left), Box::new(conjunction(tokens)?));
    }
    Some(left)
}

fn conjunction(tokens: &mut Vec<Token>) -> Option<Filter> {
    let mut left = term(tokens)?;
    while take_word(tokens, "and") {
        left = Filter::And(Box::new(left), Box::new(term(tokens)?));
    }
    Some(left)
}

fn term(tokens: &mut Vec<Token>) -> Option<Filter> {
    if take_word(tokens, "not") {
        return Some(Filter::Not(Box::new(term(tokens)?)));
    }
    match tokens.pop()? {
        Token::Open => {
            let inner = alternative(tokens)?;
            (tokens.pop()? == Token::Close).then_some(inner)
        }
        Token::Word(path) => {
            let Token::Word(operator) = tokens.pop()? else { return None };
            let operator = operator.to_lowercase();
            match operator.as_str() {
                "pr" => Some(Filter::Present(path)),
                "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le" => {
                    let Token::Literal(value) = tokens.pop()? else { return None };
                    Some(Filter::Compare(path, operator, value))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn take_word(tokens: &mut Vec<Token>, wanted: &str) -> bool {
    let found =
        matches!(tokens.last(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
    if found {
        tokens.pop();
    }
    found
}
