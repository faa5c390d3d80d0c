//! OpenAPI Overlay 1.0: named changes to a document, each of which must hit something.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::load::{Document, MAX_DEPTH, MAX_NODES};
use crate::measure;
use crate::pointer::Trail;

/// Most values that all updates of one overlay may add to a document.
const MAX_ADDED: usize = MAX_NODES;

/// Applies the actions of `overlay` to `document`, one after the other.
///
/// An action that matches nothing, a target that is no JSONPath (RFC 9535) and a key that the
/// Overlay specification does not know are errors; the other actions are still applied, so that
/// one run names every fault.
pub fn apply(document: &mut Document, overlay: &Document, diags: &mut Diagnostics) {
    let mut overlaying = Overlaying { file: &overlay.file, diags, added: 0 };
    overlaying.run(&mut document.root, &overlay.root);
}

struct Overlaying<'a> {
    file: &'a str,
    diags: &'a mut Diagnostics,
    added: usize,
}

impl Overlaying<'_> {
    fn run(&mut self, root: &mut Value, overlay: &Value) {
        let trail = Trail::root();
        let Some(overlay) = overlay.as_object() else {
            self.error("overlay", &trail, "an overlay is an object");
            return;
        };
        self.keys(overlay, &["overlay", "info", "extends", "actions"], &trail);
        let version = overlay.get("overlay").and_then(Value::as_str);
        if !version.is_some_and(|version| version.starts_with("1.")) {
            self.error(
                "overlay-version",
                &trail.key("overlay"),
                "only Overlay 1.x is understood; `overlay: 1.0.0` says so",
            );
        }
        let info = trail.key("info");
        match overlay.get("info").and_then(Value::as_object) {
            Some(members) => self.keys(members, &["title", "version", "description"], &info),
            None => self.error("overlay", &info, "an overlay needs `info`"),
        }
        let actions = trail.key("actions");
        match overlay.get("actions") {
            Some(Value::Array(list)) if !list.is_empty() => {
                for (index, action) in list.iter().enumerate() {
                    self.act(root, action, &actions.index(index));
                }
            }
            _ => self.error("overlay", &actions, "an overlay needs a list of actions"),
        }
    }

    fn act(&mut self, root: &mut Value, action: &Value, trail: &Trail<'_>) {
        let Some(action) = action.as_object() else {
            self.error("overlay-action", trail, "an action is an object");
            return;
        };
        self.keys(action, &["target", "description", "update", "remove"], trail);
        let at_target = trail.key("target");
        let Some(target) = action.get("target").and_then(Value::as_str) else {
            self.error("overlay-action", trail, "an action needs a `target`");
            return;
        };
        let path = match JsonPath::parse(target) {
            Ok(path) => path,
            Err(error) => {
                self.error(
                    "overlay-target",
                    &at_target,
                    &format!("not a JSONPath (RFC 9535): {error}"),
                );
                return;
            }
        };
        // Later matches first, so that removing an item does not move those still to come.
        let mut matches: Vec<String> = path
            .query_located(root)
            .locations()
            .map(serde_json_path::NormalizedPath::to_json_pointer)
            .collect();
        if matches.is_empty() {
            self.diags.push(Diagnostic {
                severity: Severity::Error,
                code: "overlay-no-match",
                file: self.file.to_owned(),
                pointer: at_target.to_string(),
                message: format!("`{target}` matches nothing in the document"),
                help: Some("remove the action, or point it at what replaced its target".to_owned()),
            });
            return;
        }
        matches.reverse();

        match (action.get("remove"), action.get("update")) {
            (Some(Value::Bool(true)), _) => {
                for pointer in &matches {
                    if !remove(root, pointer) {
                        self.error("overlay-target", &at_target, "the root cannot be removed");
                    }
                }
            }
            (None | Some(Value::Bool(false)), Some(update)) => {
                let weight = measure::weight(update);
                for pointer in &matches {
                    self.added = self.added.saturating_add(weight);
                    if self.added > MAX_ADDED {
                        self.error(
                            "too-large",
                            trail,
                            &format!("the overlay adds more than {MAX_ADDED} values"),
                        );
                        return;
                    }
                    if pointer.matches('/').count() + measure::depth(update) > MAX_DEPTH {
                        self.error(
                            "too-large",
                            trail,
                            &format!("values would be nested more than {MAX_DEPTH} deep"),
                        );
                    } else if let Some(node) = root.pointer_mut(pointer) {
                        self.update(node, update, &trail.key("update"));
                    }
                }
            }
            (Some(Value::Bool(_)) | None, None) => {
                self.error("overlay-action", trail, "an action needs `update` or `remove: true`");
            }
            (Some(_), _) => {
                self.error("overlay-action", &trail.key("remove"), "`remove` is true or false");
            }
        }
    }

    /// The specification's merge: objects member by member, arrays appended to, the rest replaced.
    fn update(&mut self, node: &mut Value, update: &Value, trail: &Trail<'_>) {
        match (node, update) {
            (Value::Object(node), Value::Object(update)) => merge(node, update),
            (Value::Array(node), update) => node.push(update.clone()),
            (node, _) => self.error(
                "overlay-update",
                trail,
                &format!("the target is {}: `update` merges an object into an object, or adds an item to an array", measure::kind(node)),
            ),
        }
    }

    fn keys(&mut self, object: &Map<String, Value>, known: &[&str], trail: &Trail<'_>) {
        for key in object.keys() {
            if !known.contains(&key.as_str()) && !key.starts_with("x-") {
                self.error(
                    "overlay-key",
                    &trail.key(key),
                    &format!("`{key}` is not known here; known: {}", known.join(", ")),
                );
            }
        }
    }

    fn error(&mut self, code: &'static str, trail: &Trail<'_>, message: &str) {
        self.diags.error(code, self.file, trail, message);
    }
}

fn merge(node: &mut Map<String, Value>, update: &Map<String, Value>) {
    for (key, value) in update {
        match (node.get_mut(key), value) {
            (Some(Value::Object(node)), Value::Object(value)) => merge(node, value),
            (Some(Value::Array(node)), Value::Array(value)) => node.extend(value.iter().cloned()),
            (Some(node), value) => *node = value.clone(),
            (None, value) => {
                node.insert(key.clone(), value.clone());
            }
        }
    }
}

fn remove(root: &mut Value, pointer: &str) -> bool {
    let Some((above, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    let last = crate::pointer::unescape(last);
    match root.pointer_mut(above) {
        Some(Value::Object(map)) => {
            map.shift_remove(last.as_ref());
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = last.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Mode;
    use serde_json::json;

    fn overlaid(root: Value, actions: Value) -> (Value, String) {
        let mut document = Document { file: "openapi.yaml".to_owned(), root };
        let overlay = Document {
            file: "overlay.yaml".to_owned(),
            root: json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}),
        };
        let mut diags = Diagnostics::new(Mode::Strict);
        apply(&mut document, &overlay, &mut diags);
        (document.root, diags.to_string())
    }

    #[test]
    fn an_update_merges_objects_and_extends_arrays() {
        let (root, diags) = overlaid(
            json!({"a": {"b": {"c": 1, "list": [1]}, "keep": true}}),
            json!([{"target": "$.a", "update": {"b": {"c": 2, "d": null, "list": [2, 3]}}}]),
        );
        assert_eq!(root, json!({"a": {"b": {"c": 2, "list": [1, 2, 3], "d": null}, "keep": true}}));
        assert_eq!(diags, "");
    }

    #[test]
    fn an_update_of_an_array_adds_an_item() {
        let (root, _) = overlaid(
            json!({"tags": [{"name": "a"}]}),
            json!([{"target": "$.tags", "update": {"name": "b"}}]),
        );
        assert_eq!(root, json!({"tags": [{"name": "a"}, {"name": "b"}]}));
    }

    #[test]
    fn remove_takes_every_match_of_a_filter() {
        let (root, diags) = overlaid(
            json!({"p": [{"in": "query"}, {"in": "header"}, {"in": "header"}, {"in": "path"}]}),
            json!([{"target": "$.p[?@.in=='header']", "remove": true, "update": {"x": 1}}]),
        );
        assert_eq!(root, json!({"p": [{"in": "query"}, {"in": "path"}]}));
        assert_eq!(diags, "");
    }

    #[test]
    fn keys_with_slashes_and_quotes_are_reached() {
        let (root, _) = overlaid(
            json!({"paths": {"/a/{b}": {"get": {}}, "/it's~": {"get": {}}}}),
            json!([
                {"target": "$.paths['/a/{b}'].get", "update": {"x": 1}},
                {"target": "$.paths[\"/it's~\"].get", "update": {"x": 2}},
            ]),
        );
        assert_eq!(
            root,
            json!({"paths": {"/a/{b}": {"get": {"x": 1}}, "/it's~": {"get": {"x": 2}}}})
        );
    }

    #[test]
    fn an_action_that_matches_nothing_is_an_error_and_the_others_still_count() {
        let (root, diags) = overlaid(
            json!({"a": {}}),
            json!([
                {"target": "$.gone", "update": {}},
                {"target": "$.a", "update": {"b": 1}},
                {"target": "$.a.c", "remove": true},
            ]),
        );
        assert_eq!(root, json!({"a": {"b": 1}}));
        assert_eq!(diags.matches("error[overlay-no-match]").count(), 2);
        assert!(diags.contains("overlay.yaml#/actions/0/target: "));
        assert!(diags.contains("overlay.yaml#/actions/2/target: "));
    }

    #[test]
    fn every_fault_of_an_overlay_is_named() {
        let (_, diags) = overlaid(
            json!({"a": 1}),
            json!([
                {"target": "$.a", "updates": {}},
                {"target": "not a path", "update": {}},
                {"target": "$.a", "update": {"b": 1}},
                {"target": "$", "remove": true},
                {"update": {}},
                7,
            ]),
        );
        for expected in [
            "/actions/0: error[overlay-action]",
            "/actions/0/updates: error[overlay-key]",
            "/actions/1/target: error[overlay-target]",
            "/actions/2/update: error[overlay-update]",
            "/actions/3/target: error[overlay-target]",
            "/actions/4: error[overlay-action]",
            "/actions/5: error[overlay-action]",
        ] {
            assert!(diags.contains(expected), "{expected} in\n{diags}");
        }
    }

    #[test]
    fn what_is_no_overlay_is_refused() {
        let mut document = Document { file: "openapi.yaml".to_owned(), root: json!({}) };
        let overlay =
            Document { file: "overlay.yaml".to_owned(), root: json!({"openapi": "3.0.3"}) };
        let mut diags = Diagnostics::new(Mode::Lenient);
        apply(&mut document, &overlay, &mut diags);
        assert_eq!(diags.count(Severity::Error), 4);
    }
}
