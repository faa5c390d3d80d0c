//! The names that a tool's answer has, as far as its document tells.

use serde_json::Value;

/// Names with what lies below each: an object of further names, `null` for nothing, `true` for
/// anything. The name `*` stands for every other.
#[derive(Debug)]
pub struct AnswerNames(Option<Value>);

impl AnswerNames {
    /// The names of a schema file; `None`: nothing is told, so that anything may be there.
    pub(crate) fn of(names: Option<Value>) -> Self {
        Self(names)
    }

    /// Whether the dotted name `path` can be in an answer; in one of a single item that is wrapped,
    /// with or without its wrapper.
    pub(crate) fn has(&self, path: &str, wrapper: Option<&str>) -> bool {
        let Some(names) = &self.0 else { return true };
        declares(names, path)
            || wrapper.is_some_and(|wrapper| {
                names.get(wrapper).is_some_and(|inner| declares(inner, path))
            })
    }

    /// The names beside which a misspelt one would stand: those of the outermost level, and those of
    /// the wrapped item.
    pub(crate) fn outermost<'a>(
        &'a self,
        wrapper: Option<&str>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let outer = self.0.as_ref().and_then(Value::as_object);
        let inner = outer.and_then(|names| names.get(wrapper?)?.as_object());
        let names = outer.into_iter().chain(inner).flatten().map(|(name, _)| name.as_str());
        names.filter(|name| *name != "*")
    }

    /// The names below a name of the outermost level.
    pub(crate) fn below<'a>(
        &'a self,
        name: &str,
        wrapper: Option<&str>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let outer = self.0.as_ref();
        let inner = outer.and_then(|names| names.get(wrapper?));
        let found = outer.and_then(|names| names.get(name));
        let found = found.or_else(|| inner.and_then(|names| names.get(name)));
        let names = found.and_then(Value::as_object).into_iter().flatten();
        names.map(|(name, _)| name.as_str()).filter(|name| *name != "*")
    }
}

fn declares(names: &Value, path: &str) -> bool {
    let Value::Object(members) = names else { return *names == Value::Bool(true) };
    if members.contains_key(path) || members.contains_key("*") && !path.contains('.') {
        return true;
    }
    // A name may hold dots itself: each place where it can end is tried.
    let mut ends = path.match_indices('.').map(|(end, _)| (path.get(..end), path.get(end + 1..)));
    ends.any(|(name, rest)| {
        let below = name.and_then(|name| members.get(name)).or_else(|| members.get("*"));
        below.zip(rest).is_some_and(|(below, rest)| declares(below, rest))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_declared_with_all_that_lies_below_it() {
        let names = AnswerNames::of(Some(json!({"app": {
            "id": null, "owner": {"email": null}, "free": true, "by": {"*": {"x": null}}, "a.b": null
        }})));
        for (path, has) in [
            ("id", true),
            ("app.id", true),
            ("app", true),
            ("ids", false),
            ("id.x", false),
            ("owner.email", true),
            ("owner.mail", false),
            ("free.whatever.else", true),
            ("by.anybody", true),
            ("by.anybody.x", true),
            ("by.anybody.y", false),
            ("a.b", true),
            ("app.a.b", true),
        ] {
            assert_eq!(names.has(path, Some("app")), has, "{path}");
        }
        assert!(!names.has("id", None));
        assert!(AnswerNames::of(None).has("anything", None));
        let outermost: Vec<&str> = names.outermost(Some("app")).collect();
        assert_eq!(outermost, ["app", "id", "owner", "free", "by", "a.b"]);
        assert_eq!(names.below("owner", Some("app")).collect::<Vec<_>>(), ["email"]);
    }
}
