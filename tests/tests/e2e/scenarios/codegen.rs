//! The generator as a program, over a copy of this repository's documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::programs::{programs, repository};

/// A copy of `specs/` and `generated/`.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        for folder in ["specs", "generated"] {
            copy_tree(&repository().join(folder), &copy.root().join(folder));
        }
        std::fs::copy(repository().join("Cargo.toml"), copy.root().join("Cargo.toml")).unwrap();
        copy
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&programs().codegen)
            .args(arguments)
            .arg("--root")
            .arg(self.root())
            .current_dir(self.root())
            .output()
            .unwrap()
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.root(), &mut |path, bytes| {
            _ = found.insert(path.strip_prefix(self.root()).unwrap().to_owned(), bytes);
        });
        found
    }

    /// Replaces the first `old` in a file, which must be there.
    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.root().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} does not hold {old:?}");
        std::fs::write(path, text.replacen(old, new, 1)).unwrap();
    }
}

fn collect(folder: &Path, take: &mut dyn FnMut(PathBuf, Vec<u8>)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, take);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            take(path, bytes);
        }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    collect(from, &mut |path, bytes| {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    });
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn what_is_checked_in_is_what_the_documents_produce() {
    let output = Copy::new().run(&["--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn one_changed_character_fails_the_check_and_is_shown() {
    for (file, old, new) in [
        ("generated/torii/src/lib.rs", "pub mod", "pub  mod"),
        ("generated/ironclad/schemas/ironclad_workflows_cancel.json", "\"comment\"", "\"commend\""),
    ] {
        let copy = Copy::new();
        copy.edit(file, old, new);
        let before = copy.files();
        let output = copy.run(&["--check"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        let shown = text(&output);
        assert!(shown.contains(file), "the file is named: {shown}");
        let (removed, added) = (
            format!("-{}", line_with(&copy, file, new)),
            format!("+{}", line_with(&copy, file, new).replacen(new, old, 1)),
        );
        assert!(shown.contains(&removed) && shown.contains(&added), "{removed}\n{added}\n{shown}");
        assert_eq!(copy.files(), before, "checking writes nothing");
    }
}

fn line_with(copy: &Copy, file: &str, part: &str) -> String {
    let text = std::fs::read_to_string(copy.root().join(file)).unwrap();
    text.lines().find(|line| line.contains(part)).unwrap().to_owned()
}

#[test]
fn everything_generated_comes_back_identical_and_strays_go() {
    let copy = Copy::new();
    let before = copy.files();
    for api in ["ironclad", "torii"] {
        for part in ["src", "schemas"] {
            std::fs::remove_dir_all(copy.root().join("generated").join(api).join(part)).unwrap();
        }
    }
    std::fs::create_dir_all(copy.root().join("generated/torii/src/types")).unwrap();
    std::fs::write(copy.root().join("generated/torii/src/types/stray.rs"), "pub struct Stray;")
        .unwrap();
    let output = copy.run(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let after = copy.files();
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (path, bytes) in &before {
        assert!(after[path] == *bytes, "{} differs", path.display());
    }
    let again = copy.run(&[]);
    assert_eq!(again.status.code(), Some(0));
    assert!(copy.files() == before, "a second run is byte-identical");
}

#[test]
fn every_fault_of_a_document_is_named_with_file_and_place_and_nothing_is_written() {
    let copy = Copy::new();
    copy.edit(
        "specs/ironclad/openapi.yaml",
        "#/components/schemas/",
        "#/components/schemas/NoSuchSchema_",
    );
    copy.edit("specs/torii/openapi.yaml", "operationId:", "operationIdd: x\n      operationId:");
    let action =
        "\n  - target: $.paths['/no/such/path'].get\n    update:\n      summary: nothing\n";
    let overlay = copy.root().join("specs/torii/overlay.yaml");
    let text_before = std::fs::read_to_string(&overlay).unwrap();
    std::fs::write(&overlay, text_before + action).unwrap();
    let before = copy.files();
    let output = copy.run(&[]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for part in [
        "specs/ironclad/openapi.yaml",
        "NoSuchSchema_",
        "specs/torii/openapi.yaml",
        "operationIdd",
        "specs/torii/overlay.yaml",
        "/no/such/path",
    ] {
        assert!(shown.contains(part), "{part} is not named: {shown}");
    }
    assert!(shown.contains("/paths/") || shown.contains("#/"), "a pointer says where: {shown}");
    assert!(copy.files() == before, "nothing is written");
    assert_eq!(copy.run(&["--check"]).status.code(), Some(1));
}

#[test]
fn a_document_that_is_no_yaml_is_named_with_its_line() {
    let copy = Copy::new();
    copy.edit("specs/torii/openapi.yaml", "\npaths:", "\npaths: [unclosed\n  : :");
    let before = copy.files();
    let output = copy.run(&[]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("specs/torii/openapi.yaml") && shown.contains("line"), "{shown}");
    assert!(copy.files() == before, "nothing is written");
}

#[test]
fn an_unknown_key_of_our_own_extension_is_an_error() {
    let copy = Copy::new();
    copy.edit("specs/torii/overlay.yaml", "        method: list\n", "        methodd: list\n");
    let output = copy.run(&["--check"]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("methodd"), "{shown}");
}

#[test]
fn a_tool_cannot_be_renamed_unnoticed() {
    let copy = Copy::new();
    copy.edit(
        "specs/torii/overlay.yaml",
        "tool: list_all_torii_roles",
        "tool: list_all_torii_role_names",
    );
    let output = copy.run(&[]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("list_all_torii_roles") && shown.contains("list_all_torii_role_names"),
        "{shown}"
    );
    let accepted = copy.run(&["--accept-renames"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted));
    let lock = std::fs::read_to_string(copy.root().join("specs/torii/tools.lock")).unwrap();
    assert!(lock.contains("list_all_torii_role_names"));
}

#[test]
fn another_vendors_document_becomes_a_crate_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("petstore.json");
    let document = r#"{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.example"}],
        "paths":{"/pets/{id}":{"get":{"operationId":"showPet","summary":"Show a pet","description":"Shows one pet.",
        "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
        "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":["object","null"],
        "properties":{"name":{"type":"string"}}}}}}}}}}}"#;
    std::fs::write(&spec, document).unwrap();
    let out = folder.path().join("pets");
    let mut command = Command::new(&programs().codegen);
    command
        .current_dir(repository())
        .args(["generate", "--name", "pets"])
        .arg("--spec")
        .arg(&spec)
        .arg("--out")
        .arg(&out);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    for file in ["Cargo.toml", "src/lib.rs", "src/client.rs"] {
        assert!(out.join(file).is_file(), "{file} is missing");
    }
    std::fs::write(&spec, r#"{"swagger":"2.0","info":{"title":"Pets","version":"1"},"paths":{}}"#)
        .unwrap();
    let refused = command.output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("2.0"), "{}", text(&refused));
}
