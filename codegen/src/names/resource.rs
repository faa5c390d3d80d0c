//! What a path is about: its resource, its parents, its action.

use std::collections::BTreeSet;

use super::{is_verb, singular, snake};

/// Segments that say nothing about the resource.
const FILLERS: [&str; 6] = ["api", "rest", "public", "apis", "services", "service"];

/// A segment of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// Fixed text.
    Literal(String),
    /// Holds a variable.
    Parameter,
}

/// All paths of a document, seen together.
#[derive(Debug)]
pub struct Paths {
    /// Segments that every path begins with.
    shared: usize,
    known: BTreeSet<String>,
}

/// What one path is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The words of its fixed segments, as the path has them, in snake case.
    pub words: Vec<String>,
    /// The version segment that was left out, if any.
    pub version: Option<String>,
    /// For each word, whether a variable follows it.
    pub holds: Vec<bool>,
    /// Whether the last segment holds a variable: the path of an item.
    pub is_item: bool,
    /// Whether the last word is an action on what stands before it.
    pub is_action: bool,
}

impl Paths {
    /// Looks at all paths.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut known = BTreeSet::new();
        let mut shared: Option<Vec<Segment>> = None;
        for path in paths {
            let split = segments(path);
            // The last fixed segment is the resource, never a prefix.
            let last = split
                .iter()
                .rposition(|segment| matches!(segment, Segment::Literal(_)))
                .unwrap_or(0);
            let prefix: Vec<Segment> = split[..last]
                .iter()
                .take_while(|segment| matches!(segment, Segment::Literal(_)))
                .cloned()
                .collect();
            shared = Some(match shared {
                None => prefix,
                Some(so_far) => so_far
                    .into_iter()
                    .zip(prefix)
                    .take_while(|(a, b)| a == b)
                    .map(|(a, _)| a)
                    .collect(),
            });
            known.insert(shape(&split));
        }
        Self { shared: shared.map_or(0, |shared| shared.len()), known }
    }

    /// What a path is about.
    #[must_use]
    pub fn resource(&self, path: &str) -> Resource {
        let split = segments(path);
        let rest = &split[self.shared.min(split.len())..];
        let mut words = Vec::new();
        let mut holds = Vec::new();
        let mut version = None;
        for segment in rest {
            match segment {
                Segment::Literal(text) if words.is_empty() && is_version(text) => {
                    version = Some(snake(text));
                }
                Segment::Literal(text)
                    if words.is_empty()
                        && FILLERS.contains(&text.to_ascii_lowercase().as_str()) => {}
                Segment::Literal(text) => {
                    words.push(snake(text));
                    holds.push(false);
                }
                Segment::Parameter => {
                    if let Some(last) = holds.last_mut() {
                        *last = true;
                    }
                }
            }
        }
        if words.is_empty() {
            let last = split.iter().rev().find_map(|segment| match segment {
                Segment::Literal(text) => Some(snake(text)),
                Segment::Parameter => None,
            });
            words.push(last.unwrap_or_else(|| "root".to_owned()));
            holds.push(split.last() == Some(&Segment::Parameter));
        }
        let is_item = split.last() == Some(&Segment::Parameter);
        let below = format!("{}/{{}}", shape(&split));
        let verb = words.last().and_then(|word| word.split('_').next()).is_some_and(is_verb);
        let is_action = !is_item && words.len() > 1 && verb && !self.known.contains(&below);
        Resource { words, version, holds, is_item, is_action }
    }
}

impl Resource {
    /// The resource in the plural as the path has it: all words but the last in the singular.
    #[must_use]
    pub fn collection(&self) -> String {
        joined(&self.words, false)
    }

    /// The resource in the singular.
    #[must_use]
    pub fn one(&self) -> String {
        joined(&self.words, true)
    }

    /// What an action acts on, and the action.
    #[must_use]
    pub fn action(&self) -> Option<(String, String)> {
        let (action, rest) = self.words.split_last().filter(|_| self.is_action)?;
        Some((joined(rest, false), action.clone()))
    }

    /// The word before the last one that a variable belongs to: which parent this is about.
    #[must_use]
    pub fn parent(&self) -> Option<String> {
        let before = self.words.len().saturating_sub(1);
        (0..before)
            .rev()
            .find(|index| self.holds[*index])
            .map(|index| singular_words(&self.words[index]))
    }
}

fn joined(words: &[String], all: bool) -> String {
    let last = words.len().saturating_sub(1);
    let parts: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(index, word)| if all || index < last { singular_words(word) } else { word.clone() })
        .collect();
    parts.join("_")
}

/// The last word of a snake-case phrase in the singular.
#[must_use]
pub fn singular_words(phrase: &str) -> String {
    match phrase.rsplit_once('_') {
        Some((front, last)) => format!("{front}_{}", singular(last)),
        None => singular(phrase),
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.split('/')
        .filter(|text| !text.is_empty())
        .flat_map(|text| {
            // A custom verb behind a colon is a segment of its own.
            let (text, verb) = match text.rsplit_once(':') {
                Some((front, verb))
                    if !front.is_empty() && !verb.contains(['{', '}']) && !verb.is_empty() =>
                {
                    (front, Some(verb))
                }
                _ => (text, None),
            };
            let segment = if text.contains('{') {
                Segment::Parameter
            } else {
                Segment::Literal(text.to_owned())
            };
            std::iter::once(segment).chain(verb.map(|verb| Segment::Literal(verb.to_owned())))
        })
        .collect()
}

fn shape(segments: &[Segment]) -> String {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter => "/{}".to_owned(),
        })
        .collect()
}

/// Whether a segment is a version: `v1`, `v1.0`, `2024-01`.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, '.' | '-' | '_')
                || c.is_ascii_lowercase() && text.len() <= 8
        })
        && digits.chars().next().is_some()
        && (text.starts_with(['v', 'V']) || digits.contains(['.', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Resource {
        let all = [
            "/public/api/v1/users",
            "/public/api/v1/users/{id}",
            "/public/api/v1/users/{id}/suspend",
            "/public/api/v1/orders/{id}:cancel",
        ];
        let more = [
            "/public/api/v1/files/download",
            "/public/api/v1/files/download/{id}",
            "/public/api/v1/companies/{id}/user-groups",
        ];
        Paths::new(all.into_iter().chain(more)).resource(path)
    }

    #[test]
    fn a_shared_prefix_is_no_part_of_the_resource() {
        assert_eq!(resource("/public/api/v1/users").collection(), "users");
        assert_eq!(
            resource("/public/api/v1/companies/{id}/user-groups").collection(),
            "company_user_groups"
        );
        assert_eq!(
            resource("/public/api/v1/companies/{id}/user-groups").one(),
            "company_user_group"
        );
        assert_eq!(
            resource("/public/api/v1/companies/{id}/user-groups").parent().as_deref(),
            Some("company")
        );
    }

    #[test]
    fn a_verb_at_the_end_is_an_action_unless_it_has_items() {
        let action = |path: &str| resource(path).action();
        assert_eq!(
            action("/public/api/v1/users/{id}/suspend"),
            Some(("users".to_owned(), "suspend".to_owned()))
        );
        assert_eq!(
            action("/public/api/v1/orders/{id}:cancel"),
            Some(("orders".to_owned(), "cancel".to_owned()))
        );
        assert_eq!(action("/public/api/v1/files/download"), None);
        assert_eq!(action("/public/api/v1/users"), None);
    }

    #[test]
    fn versions_are_told_from_words() {
        for version in ["v1", "v1.0", "2024-01", "V2", "v2beta"] {
            assert!(is_version(version), "{version}");
        }
        for word in ["users", "vendors", "v", "3", "video1"] {
            assert!(!is_version(word), "{word}");
        }
    }
}
