//! Documents in several files: what is referred to beside the document comes into it, under
//! [`FILES`].
//!
//! Only files in the document's own folder and below are read. References into them then point into
//! the document itself, so that nobody after this knows of files.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Document, MAX_NODES, bounded, parse};
use crate::diagnostics::{Diagnostics, Mode};
use crate::measure;
use crate::pointer;

/// The member of the root under which the contents of other files stand, by their paths.
pub const FILES: &str = "x-codegen-files";
/// Most files of one document.
const MOST_FILES: usize = 2_000;

/// Takes in every file that a document refers to.
pub(super) fn gather(document: &mut Document, path: &Path, diags: &mut Diagnostics) {
    let (Some(folder), Some(own)) =
        (path.parent(), path.file_name().and_then(|name| name.to_str()))
    else {
        return;
    };
    let mut files = Files {
        folder,
        own,
        found: BTreeMap::new(),
        anchors: BTreeMap::new(),
        open: Vec::new(),
        weight: measure::weight(&document.root),
    };
    let mut here = String::new();
    files.rewrite(&mut document.root, "", &mut here, &document.file, diags);
    let mut taken = Map::new();
    while let Some((name, mut root)) = files.open.pop() {
        here.clear();
        let file = folder.join(&name).display().to_string();
        files.rewrite(&mut root, &name, &mut here, &file, diags);
        taken.insert(name, root);
    }
    if let Some(root) = document.root.as_object_mut().filter(|_| !taken.is_empty()) {
        taken.sort_keys();
        root.insert(FILES.to_owned(), Value::Object(taken));
    }
}

struct Files<'f> {
    folder: &'f Path,
    /// The document's own file name.
    own: &'f str,
    /// By path from the folder: whether it could be read.
    found: BTreeMap<String, bool>,
    /// Where schemas of other files stand, by file and `$anchor`.
    anchors: BTreeMap<(String, String), String>,
    /// Read, but not yet gone through.
    open: Vec<(String, Value)>,
    /// How many values there are in all.
    weight: usize,
}

impl Files<'_> {
    /// Turns references into files to references into the document; `name` is the file that the
    /// value is of, empty for the document's own.
    fn rewrite(
        &mut self,
        value: &mut Value,
        name: &str,
        here: &mut String,
        file: &str,
        diags: &mut Diagnostics,
    ) {
        let length = here.len();
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    pointer::push(here, key);
                    match value {
                        Value::String(text) if key == "$ref" => {
                            self.reference(text, name, here, file, diags);
                        }
                        Value::Object(targets) if key == "mapping" => {
                            for target in targets.values_mut() {
                                if let Value::String(text) = target
                                    && (text.starts_with('#')
                                        || text.contains(".yaml")
                                        || text.contains(".yml")
                                        || text.contains(".json"))
                                {
                                    self.reference(text, name, here, file, diags);
                                }
                            }
                        }
                        value => self.rewrite(value, name, here, file, diags),
                    }
                    here.truncate(length);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    pointer::push(here, &index.to_string());
                    self.rewrite(item, name, here, file, diags);
                    here.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn reference(
        &mut self,
        text: &mut String,
        name: &str,
        here: &str,
        file: &str,
        diags: &mut Diagnostics,
    ) {
        let (target, fragment) = text.split_once('#').unwrap_or((text.as_str(), ""));
        if target.is_empty() {
            if let Some(place) = self.place(name, fragment).filter(|_| !name.is_empty()) {
                *text = place;
            }
            return;
        }
        // Names of components and addresses are none of ours.
        if target.contains("://") || !target.contains(['/', '.']) {
            return;
        }
        let plain = percent_decode_str(target).decode_utf8_lossy();
        let Some(path) = below(name, &plain) else {
            diags.fault(
                "file-outside",
                file,
                here,
                format!(
                    "`{text}` lies outside of the document's folder; only files in it are read"
                ),
            );
            return;
        };
        if path == self.own {
            *text = format!("#{fragment}");
        } else if self.read(&path, here, file, diags)
            && let Some(place) = self.place(&path, fragment)
        {
            *text = place;
        }
    }

    /// Where a fragment of a file is in the document; `None` for an anchor that the file has not.
    fn place(&self, name: &str, fragment: &str) -> Option<String> {
        if fragment.is_empty() || fragment.starts_with('/') {
            return Some(within(name, fragment));
        }
        let anchor = (name.to_owned(), fragment.to_owned());
        self.anchors.get(&anchor).map(|pointer| within(name, pointer))
    }

    /// Remembers the anchors of a file; the first of a name counts.
    fn name(&mut self, name: &str, value: &Value, here: &mut String) {
        let length = here.len();
        if let Some(anchor) = value.get("$anchor").and_then(Value::as_str) {
            let anchor = (name.to_owned(), anchor.to_owned());
            self.anchors.entry(anchor).or_insert_with(|| here.clone());
        }
        let mut child = |key: &str, value: &Value| {
            pointer::push(here, key);
            self.name(name, value, here);
            here.truncate(length);
        };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| child(key, value)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| child(&at.to_string(), item));
            }
            _ => {}
        }
    }

    fn read(&mut self, name: &str, here: &str, file: &str, diags: &mut Diagnostics) -> bool {
        if let Some(is_read) = self.found.get(name) {
            return *is_read;
        }
        let read = self.content(name);
        self.found.insert(name.to_owned(), read.is_ok());
        match read {
            Ok(root) => {
                self.name(name, &root, &mut String::new());
                self.open.push((name.to_owned(), root));
                true
            }
            // An id of a schema looks like a file; what leads nowhere is reported where it is
            // resolved.
            Err(None) => false,
            Err(Some(reason)) => {
                diags.fault("unreadable-file", file, here, format!("`{name}` {reason}"));
                false
            }
        }
    }

    /// The content of a file; no reason when there is none.
    fn content(&mut self, name: &str) -> Result<Value, Option<String>> {
        if self.found.len() >= MOST_FILES {
            return Err(Some(format!("is one of more than {MOST_FILES} files")));
        }
        let path = self.folder.join(name);
        // A link may lead out of the folder.
        let (real, folder) = (
            path.canonicalize().map_err(|_| None)?,
            self.folder.join(".").canonicalize().map_err(|_| None)?,
        );
        if !real.starts_with(&folder) || !real.is_file() {
            return Err(None);
        }
        let bytes = bounded(&real).map_err(|error| Some(format!("cannot be read: {error}")))?;
        let bytes = bytes.ok_or_else(|| Some("is too large".to_owned()))?;
        let mut said = Diagnostics::new(Mode::Lenient);
        let Some(document) = parse(name, &bytes, &mut said) else {
            let first = said.iter().next().map(|finding| finding.message.clone());
            return Err(Some(first.unwrap_or_else(|| "is no document".to_owned())));
        };
        self.weight += measure::weight(&document.root);
        if self.weight > MAX_NODES {
            return Err(Some(format!("would make a document of more than {MAX_NODES} values")));
        }
        Ok(document.root)
    }
}

/// Where a place of a file is in the document.
fn within(name: &str, fragment: &str) -> String {
    format!("#/{FILES}/{}{fragment}", pointer::escape(name))
}

/// The path of a file from the document's folder, as it is referred to from another file; `None`
/// when it is not below.
fn below(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<String> =
        Path::new(from).parent().map(PathBuf::from).unwrap_or_default().iter().map(text).collect();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(part) => parts.push(text(part)),
            Component::CurDir => {}
            Component::ParentDir => _ = parts.pop()?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn text(part: &std::ffi::OsStr) -> String {
    part.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::load::load;

    #[test]
    fn files_beside_the_document_come_into_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        write(
            "api.yaml",
            "paths: {/a: {$ref: 'paths/a.yaml'}}\nx: {$ref: ../secret.yaml}\ny: {$ref: none.yaml}\nz: {$ref: 'broken.json#/a'}",
        );
        write(
            "paths/a.yaml",
            "get: {responses: {'200': {$ref: '../common.yaml#/responses/Ok'}, '400': {$ref: '#/own'}}}\nown: {}\nnamed: {$ref: '../common.yaml#ok'}",
        );
        write(
            "common.yaml",
            "responses: {Ok: {content: {a: {schema: {$ref: 'api.yaml#/components/schemas/A'}}}}}\nlist: [{$anchor: ok, items: {$ref: '#ok'}}]",
        );
        write("broken.json", "{");
        let mut diags = Diagnostics::new(Mode::Lenient);
        let document =
            load(&folder.path().join("api.yaml"), &mut diags).expect("the document is read");
        assert_eq!(
            document.root,
            json!({
                "paths": {"/a": {"$ref": "#/x-codegen-files/paths~1a.yaml"}},
                "x": {"$ref": "../secret.yaml"},
                "y": {"$ref": "none.yaml"},
                "z": {"$ref": "broken.json#/a"},
                "x-codegen-files": {
                    "common.yaml": {
                        "responses": {"Ok": {"content": {"a": {"schema": {"$ref": "#/components/schemas/A"}}}}},
                        "list": [{"$anchor": "ok", "items": {"$ref": "#/x-codegen-files/common.yaml/list/0"}}],
                    },
                    "paths/a.yaml": {
                        "get": {"responses": {
                            "200": {"$ref": "#/x-codegen-files/common.yaml/responses/Ok"},
                            "400": {"$ref": "#/x-codegen-files/paths~1a.yaml/own"},
                        }},
                        "own": {},
                        "named": {"$ref": "#/x-codegen-files/common.yaml/list/0"},
                    },
                },
            })
        );
        let codes: Vec<&str> = diags.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["file-outside", "unreadable-file"]);
    }
}
