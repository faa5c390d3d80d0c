//! JSON pointers (RFC 6901), as they stand in `$ref` and in diagnostics.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// Appends one token to a pointer, escaped.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&escape(token));
}

/// A token as it stands between slashes.
#[must_use]
pub fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) {
        Cow::Owned(token.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The token that `escape` made this of.
#[must_use]
pub fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The tokens of a pointer, unescaped; none for the whole document or for what is no pointer.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// One step down from a value.
#[must_use]
pub fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The section and name a reference of the form `#/components/{section}/{name}` points at.
#[must_use]
pub fn component(reference: &str) -> Option<(&str, Cow<'_, str>)> {
    let rest = reference.strip_prefix("#/components/")?;
    let (section, name) = rest.split_once('/')?;
    (!name.contains('/')).then(|| (section, unescape(name)))
}

/// Where a walk stands, as a list of steps that lives on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'t> {
    above: Option<&'t Trail<'t>>,
    step: Step<'t>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step<'t> {
    Root,
    Key(&'t str),
    Index(usize),
}

impl<'t> Trail<'t> {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self { above: None, step: Step::Root, depth: 0 }
    }

    /// The member `key` of where this stands.
    #[must_use]
    pub const fn key<'c>(&'c self, key: &'c str) -> Trail<'c> {
        Trail { above: Some(self), step: Step::Key(key), depth: self.depth + 1 }
    }

    /// The item `index` of where this stands.
    #[must_use]
    pub const fn index(&self, index: usize) -> Trail<'_> {
        Trail { above: Some(self), step: Step::Index(index), depth: self.depth + 1 }
    }

    /// How many steps lead here.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The component schema that this is or lies in.
    #[must_use]
    pub fn component(&self) -> Option<&'t str> {
        let mut below: [Option<&'t str>; 2] = [None, None];
        let mut at = Some(self);
        while let Some(trail) = at {
            let key = trail.last_key();
            if trail.depth == 1 {
                return match (key, below) {
                    (Some("components"), [Some("schemas"), name]) => name,
                    _ => None,
                };
            }
            below = [key, below[0]];
            at = trail.above;
        }
        None
    }

    /// The last step, when it is a member name.
    #[must_use]
    pub fn last_key(&self) -> Option<&'t str> {
        match self.step {
            Step::Key(key) => Some(key),
            Step::Root | Step::Index(_) => None,
        }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(f, "/{}", escape(key)),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_reads_as_a_pointer() {
        let root = Trail::root();
        let paths = root.key("paths");
        let path = paths.key("/a~b/{c}");
        assert_eq!(path.index(3).to_string(), "/paths/~1a~0b~1{c}/3");
        assert_eq!(root.to_string(), "");
    }

    #[test]
    fn escaping_is_undone_in_the_right_order() {
        for token in ["~1", "a/b", "~", "/~0", ""] {
            assert_eq!(unescape(&escape(token)), token);
        }
    }

    #[test]
    fn only_a_component_is_taken_for_one() {
        assert_eq!(component("#/components/schemas/a~1b"), Some(("schemas", Cow::Borrowed("a/b"))));
        assert_eq!(component("#/components/schemas/A/properties/b"), None);
        assert_eq!(component("#/components/schemas"), None);
        assert_eq!(component("other.yaml#/components/schemas/A"), None);
    }
}
