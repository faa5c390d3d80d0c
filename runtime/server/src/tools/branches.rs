//! Which branch of a union a value was meant for: its faults are told, not those of all the others.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Reason;
use serde_json::Value;

type Branch = Vec<ValidationError<'static>>;

/// The most values of a tag that are told.
const MOST_TAGS: usize = 64;

/// What a value that fits no branch was meant to be.
pub(super) enum Meant<'e> {
    /// What this branch describes, but for these faults.
    Branch(&'e [ValidationError<'static>]),
    /// The branch of a tag that none of them has: where the tag stands, what was given there, and
    /// what it may be.
    Tag { pointer: &'e str, given: &'e Value, known: Vec<&'e Value> },
    /// Nobody knows.
    Unknown,
}

/// What the value at `pointer` was meant to be, by why it fits none of the branches.
///
/// A branch whose type or tag is another one was not meant. Of several others the one that asks for
/// the least was: a member that is missing weighs less than one that has no place.
pub(super) fn meant<'e>(pointer: &str, branches: &'e [Branch]) -> Meant<'e> {
    let typed =
        || branches.iter().filter(|branch| !branch.iter().any(|error| is_kind(error, pointer)));
    let untagged = typed().filter(|branch| tag(branch).is_none());
    if let Some(branch) = untagged.min_by_key(|branch| distance(branch)) {
        return Meant::Branch(branch);
    }
    let mut tags = typed().filter_map(|branch| tag(branch));
    let Some((first, only)) = tags.next() else { return Meant::Unknown };
    let mut known = vec![only];
    for (error, only) in tags.take(MOST_TAGS) {
        if error.instance_path() != first.instance_path() {
            return Meant::Unknown;
        }
        if !known.contains(&only) {
            known.push(only);
        }
    }
    Meant::Tag { pointer: first.instance_path().as_str(), given: first.instance(), known }
}

/// Whether the value as a whole is of another type.
fn is_kind(error: &ValidationError<'_>, pointer: &str) -> bool {
    matches!(error.kind(), Reason::Type { .. }) && error.instance_path().as_str() == pointer
}

/// The member with which a branch says that it was not meant, and the one value that it wants there.
fn tag(branch: &Branch) -> Option<(&ValidationError<'static>, &Value)> {
    branch.iter().find_map(|error| match error.kind() {
        Reason::Constant { expected_value } => Some((error, expected_value.as_ref())),
        Reason::Enum { options } => match options.as_array().map(Vec::as_slice) {
            Some([only]) => Some((error, only)),
            _ => None,
        },
        _ => None,
    })
}

fn distance(branch: &Branch) -> usize {
    let weight = |error: &ValidationError<'_>| match error.kind() {
        Reason::Required { .. } => 1,
        Reason::AdditionalProperties { unexpected }
        | Reason::UnevaluatedProperties { unexpected } => 2 * unexpected.len(),
        _ => 2,
    };
    branch.iter().map(weight).sum()
}

/// The members that must not be there, where that is all that a `not` says.
pub(super) fn excluded(not: &Value) -> Option<Vec<&str>> {
    let mut all = Vec::new();
    let alternatives = not.get("anyOf").and_then(Value::as_array);
    for schema in alternatives.map_or(std::slice::from_ref(not), Vec::as_slice) {
        let plain =
            schema.as_object()?.keys().all(|key| matches!(key.as_str(), "required" | "type"));
        let [only] = schema.get("required")?.as_array()?.as_slice() else { return None };
        all.push(only.as_str().filter(|_| plain)?);
    }
    Some(all)
}
