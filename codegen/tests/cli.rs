//! The command line on a small repository: what is written, what is said, how it exits.

use std::path::Path;
use std::process::{Command, Output};

use codegen::diagnostics::kinds::kind;

const SPEC: &str = r##"openapi: 3.0.3
info: {title: Notes, version: "1"}
servers: [{url: "https://notes.example.com"}]
paths:
  /notes:
    get:
      operationId: listNotes
      summary: List notes
      description: Lists every note that the caller may read, the newest one first.
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Notes"}}}}
  /notes/{id}:
    get:
      operationId: getNote
      summary: Get a note
      description: Gets one note with its text, its author and the time of its last change.
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
components:
  schemas:
    Note: {type: object, required: [id], properties: {text: {type: string}, id: {type: string}}}
    Notes: {type: object, properties: {notes: {type: array, items: {$ref: "#/components/schemas/Note"}}}}
"##;

const OVERLAY: &str = r#"overlay: 1.0.0
info: {title: Notes, version: "1"}
actions:
  - target: $
    update: {x-drawbridge: {slug: notes, title: Notes}}
  - target: $.paths['/notes'].get
    update: {x-drawbridge: {tags: [notes], pagination: {style: none, items: notes}}}
  - target: $.paths['/notes/{id}'].get
    update: {x-drawbridge: {tags: [notes]}}
"#;

struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        repository.write("Cargo.toml", "[workspace]\n");
        repository.write("specs/notes/openapi.yaml", SPEC);
        repository.write("specs/notes/overlay.yaml", OVERLAY);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("readable")
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .current_dir(self.path())
            .env_remove("CARGO_MANIFEST_DIR")
            .output()
            .expect("runs");
        Run(output)
    }

    /// Every file with its content.
    fn files(&self) -> Vec<(String, String)> {
        fn visit(folder: &Path, found: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    visit(&path, found);
                } else {
                    let text = std::fs::read_to_string(&path).expect("text");
                    found.push((path.display().to_string(), text));
                }
            }
        }
        let mut found = Vec::new();
        visit(self.path(), &mut found);
        found.sort();
        found
    }
}

struct Run(Output);

impl Run {
    fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
            + &String::from_utf8_lossy(&self.0.stderr)
    }
}

#[test]
fn regenerating_is_checked_repeatable_and_restores_what_was_deleted() {
    let repository = Repository::new();
    assert_eq!(repository.run(&["--check"]).code(), Some(1));
    let first = repository.run(&[]);
    assert_eq!(first.code(), Some(0), "{}", first.said());
    let made = repository.files();
    assert_eq!(
        repository.read("specs/notes/tools.lock"),
        "GET /notes listNotes list_all_notes_notes\nGET /notes/{id} getNote get_single_notes_note_by_id\n"
    );
    assert_eq!(repository.run(&["--check"]).code(), Some(0));

    let lib = repository.read("generated/notes/src/lib.rs");
    repository.write("generated/notes/src/lib.rs", &lib.replacen("//!", "//? ", 1));
    repository.write("generated/notes/schemas/stray.json", "{}");
    repository.write("generated/gone/src/lib.rs", "");
    let check = repository.run(&["--check"]);
    assert_eq!(check.code(), Some(1));
    for line in [
        "--- generated/notes/src/lib.rs",
        "-//? ",
        "+//!",
        "--- generated/notes/schemas/stray.json",
        "--- generated/gone/src/lib.rs",
    ] {
        assert!(check.said().contains(line), "{line} in\n{}", check.said());
    }
    assert_eq!(repository.run(&[]).code(), Some(0));
    assert_eq!(repository.files(), made);

    // Without its sources, the crate is still one that `cargo run -p codegen` can load as a member.
    std::fs::remove_dir_all(repository.path().join("generated/notes/src")).expect("deleted");
    repository.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"generated/notes\", \"support\"]\n[workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.90\"\nlicense = \"MIT\"\npublish = false\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n[workspace.dependencies]\nserde = \"1\"\nserde_json = \"1\"\ntokio = \"1\"\nsupport = { path = \"support\" }\n",
    );
    repository.write(
        "support/Cargo.toml",
        "[package]\nname = \"support\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n",
    );
    let metadata = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO"))
        .args(metadata)
        .current_dir(repository.path())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(repository.path().join("support")).expect("deleted");
    repository.write("Cargo.toml", "[workspace]\n");

    std::fs::remove_dir_all(repository.path().join("generated")).expect("deleted");
    assert_eq!(repository.run(&[]).code(), Some(0));
    assert_eq!(repository.files(), made);
}

#[test]
fn every_fault_of_every_document_is_named_and_nothing_is_written() {
    let repository = Repository::new();
    repository.write("specs/broken/openapi.yaml", "openapi: 3.0.3\npaths: {a: [\n");
    let faulty = SPEC
        .replace("components/schemas/Notes\"", "components/schemas/Nots\"")
        .replace("summary: Get", "sumary: Get");
    repository.write("specs/notes/openapi.yaml", &faulty);
    repository.write("specs/notes/overlay.yaml", &OVERLAY.replace("'/notes/{id}'", "'/note/{id}'"));
    let before = repository.files();
    let run = repository.run(&[]);
    assert_eq!(run.code(), Some(1));
    for finding in [
        "specs/broken/openapi.yaml: error[syntax]",
        "specs/notes/openapi.yaml#/paths/~1notes/get/responses/200/content/application~1json/schema: error[dangling-reference]",
        "specs/notes/openapi.yaml#/paths/~1notes~1{id}/get/sumary: error[unknown-keyword]",
        "specs/notes/overlay.yaml#/actions/2/target: error[overlay-no-match]",
        "nothing was written",
    ] {
        assert!(run.said().contains(finding), "{finding} in\n{}", run.said());
    }
    assert_eq!(repository.files(), before);
}

#[test]
fn words_that_a_search_cannot_use_are_errors() {
    let repository = Repository::new();
    let searched = |search: &str| {
        let settings = format!("title: Notes, search: {search}");
        repository.write(
            "specs/notes/overlay.yaml",
            &OVERLAY.replace("title: Notes}}", &(settings + "}}")),
        );
        repository.run(&["--check"])
    };
    for (search, finding) in [
        (
            "{synonyms: [note]}",
            "synonyms/0: error[synonyms]: a group of synonyms has at least two words",
        ),
        (
            "{synonyms: [note memo, a b a]}",
            "synonyms/1: error[synonyms]: `a` stands twice in its group",
        ),
        ("{synonyms: [note to-do]}", "synonyms/0: error[synonyms]: `to-do` is never found"),
        ("{proper_nouns: My note}", "proper_nouns: error[proper-nouns]: `My note` is never found"),
        ("{synonym: [note memo]}", "search/synonym: error[extension]: `synonym` is not known here"),
    ] {
        let run = searched(search);
        assert_eq!(run.code(), Some(1));
        let finding = format!(
            "specs/notes/openapi.yaml#/x-drawbridge/search/{}",
            finding.trim_start_matches("search/")
        );
        assert!(run.said().contains(&finding), "{finding} in\n{}", run.said());
    }
    let run = searched("{synonyms: [note memo], proper_nouns: note}");
    assert!(!run.said().contains("error["), "{}", run.said());
}

#[test]
fn a_question_that_a_search_cannot_use_is_an_error() {
    let repository = Repository::new();
    let asked = |questions: &str| {
        let named = OVERLAY
            .replace("{tags: [notes]}", &format!("{{tags: [notes], questions: {questions}}}"));
        repository.write("specs/notes/overlay.yaml", &named);
        repository.run(&[])
    };
    let long = "x".repeat(121);
    let many = format!(
        "[{}]",
        (0..129).map(|number| format!("note {number}")).collect::<Vec<_>>().join(", ")
    );
    for (questions, finding) in [
        ("[read a note, '?!']", "questions/1: error[questions]: a question has words"),
        ("[read a note, read a note]", "questions/1: error[questions]: `read a note` stands twice"),
        (
            format!("[{long}]").as_str(),
            "questions/0: error[questions]: a question has at most 120 characters, this one 121",
        ),
        (many.as_str(), "questions/128: error[questions]: a tool has at most 128 questions"),
        ("read a note", "questions: error[extension]: expected a list of texts"),
    ] {
        let run = asked(questions);
        assert_eq!(run.code(), Some(1), "{}", run.said());
        assert!(run.said().contains(finding), "{finding} in\n{}", run.said());
    }
    let run = asked("[read a note, what did I write down]");
    assert_eq!(run.code(), Some(0), "{}", run.said());
}

#[test]
fn a_tool_is_renamed_only_on_purpose() {
    let repository = Repository::new();
    assert_eq!(repository.run(&[]).code(), Some(0));
    let named = OVERLAY.replace("{tags: [notes]}", "{tags: [notes], tool: read_a_note}");
    repository.write("specs/notes/overlay.yaml", &named);
    let run = repository.run(&[]);
    assert_eq!(run.code(), Some(1));
    assert!(
        run.said()
            .contains("specs/notes/tools.lock:2: error[tools-lock]: `get_single_notes_note_by_id`"),
        "{}",
        run.said()
    );
    assert_eq!(repository.run(&["--accept-renames"]).code(), Some(0));
    assert!(repository.read("specs/notes/tools.lock").contains("read_a_note"));
    assert_eq!(repository.run(&["--check"]).code(), Some(0));
}

#[test]
fn any_document_becomes_a_crate_or_says_why_not() {
    let repository = Repository::new();
    let support = ["--support", "support"];
    let make = |spec: &str, more: &[&str]| {
        let arguments = ["generate", "--spec", spec, "--name", "other", "--out", "out/other"];
        repository.run(&[&arguments, &support[..], more].concat())
    };
    repository.write(
        "loose.json",
        &serde_json::json!({
            "openapi": "3.1.0",
            "info": {"title": "Lo\u{202e}ose", "version": "1"},
            "paths": {"/a/{b}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/gone"}}}}}}}},
        })
        .to_string(),
    );
    repository.write("swagger.yaml", "swagger: '2.0'\npaths: {}\n");

    let path = "/organizations/{org}/environments/{env}/configurations/{id}";
    let spec = SPEC.replace("/notes/{id}", path).replace(
        "parameters: [",
        "parameters: [{name: org, in: path, required: true, schema: {type: string}}, {name: env, in: path, required: true, schema: {type: string}}, ",
    );
    repository.write("sound.yaml", &spec);
    let sound = make("sound.yaml", &["--strict"]);
    assert_eq!(sound.code(), Some(0), "{}", sound.said());
    std::fs::remove_dir_all(repository.path().join("out")).expect("a crate was made");

    let strict = make("loose.json", &["--strict"]);
    assert_eq!(strict.code(), Some(1), "{}", strict.said());
    assert!(!repository.path().join("out").exists());
    let lenient = make("loose.json", &[]);
    assert_eq!(lenient.code(), Some(0), "{}", lenient.said());
    assert!(lenient.said().contains("warning[dangling-reference]"), "{}", lenient.said());
    assert!(repository.read("out/other/Cargo.toml").contains("../../support"));
    assert!(repository.read("out/other/examples/first_call.rs").contains("target.complete("));
    for file in [
        "Cargo.toml",
        "README.md",
        "src/lib.rs",
        "src/client.rs",
        "src/credentials.rs",
        "src/tools.rs",
    ] {
        assert!(
            !repository.read(&format!("out/other/{file}")).contains('\u{202e}'),
            "{file} hides text"
        );
    }
    let swagger = make("swagger.yaml", &[]);
    assert_eq!(swagger.code(), Some(2));
    assert!(swagger.said().contains("Swagger 2.0"), "{}", swagger.said());
    assert_eq!(make("absent.yaml", &[]).code(), Some(2));
}

#[test]
fn findings_are_grouped_by_kind_unless_all_are_asked_for() {
    let repository = Repository::new();
    let constants = "a: {const: 1}, b: {const: 2}, c: {const: 3}, d: {const: 4}, text:";
    let spec = SPEC.replace("3.0.3", "3.1.0").replace("text:", constants);
    repository.write("specs/notes/openapi.yaml", &spec);
    let grouped = repository.run(&["--check"]).said();
    let at = "specs/notes/openapi.yaml#/components/schemas/Note/properties";
    let note = |name: &str| format!("{at}/{name}/const: ");
    assert!(grouped.contains("4 notes[const]: "), "{grouped}");
    assert!(grouped.contains("and 1 more, which -v lists"), "{grouped}");
    assert!(grouped.contains(&note("c")) && !grouped.contains(&note("d")), "{grouped}");
    assert_eq!(grouped, repository.run(&["--check"]).said());

    let every = repository.run(&["--check", "-v"]).said();
    for name in ["a", "b", "c", "d"] {
        assert!(every.contains(&(note(name) + "note[const]: ")), "{every}");
    }
    assert!(!every.contains("4 notes"), "{every}");

    let report = repository.run(&["report"]).said();
    assert!(report.contains("  read otherwise, nothing unchecked: 4\n    4 × const: "), "{report}");
    assert!(report.contains("      and 1 more\n") && !report.contains(&note("d")), "{report}");
    assert!(repository.run(&["report", "-v"]).said().contains(&note("d")));

    // Errors are never grouped.
    let faulty = spec.replace("summary:", "sumary:");
    repository.write("specs/notes/openapi.yaml", &faulty);
    let said = repository.run(&["--check"]).said();
    assert_eq!(said.matches("/sumary: error[unknown-keyword]: ").count(), 2, "{said}");
}

#[test]
fn the_report_of_our_own_documents_names_a_reason_for_everything() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let run = Repository::new().run(&["report", "-v", "--root", root]);
    assert_eq!(run.code(), Some(0), "{}", run.said());
    let said = run.said();
    for section in
        ["looser than the document", "without a type", "read otherwise, nothing unchecked"]
    {
        assert!(said.contains(&format!("  {section}: ")), "{section} in\n{said}");
    }
    let reasons: Vec<_> = said.lines().filter_map(|line| line.split_once(" × ")).collect();
    assert!(!reasons.is_empty(), "{said}");
    for (count, reason) in reasons {
        let (code, why) = reason.split_once(": ").unwrap_or_default();
        assert!(code == "untyped" || kind(code).is_some(), "{count} × {reason}");
        assert!(why.split(' ').count() > 3, "{count} × {reason}");
    }
    let cut = said.lines().find(|line| line.trim_start().starts_with("and "));
    assert_eq!(cut, None, "not all places are named");
}

#[test]
fn a_crate_of_its_own_carries_support_or_shares_one() {
    let repository = Repository::new();
    let make = |name: &str, more: &[&str]| {
        let arguments = ["generate", "--spec", "specs/notes/openapi.yaml", "--name", name];
        repository.run(&[&arguments[..], &["--out", "out"], more].concat())
    };
    assert_eq!(make("notes", &[]).code(), Some(0));
    assert!(repository.path().join("out/src/support.rs").is_file());
    assert!(repository.read("out/src/lib.rs").contains("pub mod support;"));
    let shared = make("notes", &["--support", "support", "--license", "apache2/MIT"]);
    assert_eq!(shared.code(), Some(0), "{}", shared.said());
    assert!(!repository.path().join("out/src/support.rs").exists());
    assert!(!repository.path().join("out/src/support").exists());
    assert!(repository.read("out/src/lib.rs").contains("pub use ::support;"));
    assert!(repository.read("out/Cargo.toml").contains("license = \"Apache-2.0 OR MIT\""));
    let anew = "--name notes --out . --support '../support' --license 'Apache-2.0 OR MIT'\n";
    assert!(repository.read("out/README.md").contains(anew));

    // What the crate depends on, under its own name, is not to be had in its examples.
    for (name, more) in
        [("http", &[][..]), ("futures_util", &[]), ("notes", &["--license", "ours"])]
    {
        let refused = make(name, more);
        assert_eq!(refused.code(), Some(2), "{name}: {}", refused.said());
    }
}

#[test]
fn diff_tells_breaking_from_compatible() {
    let repository = Repository::new();
    let arguments = ["diff", "specs/notes/openapi.yaml", "new.yaml"];
    repository.write("new.yaml", &SPEC.replace("/notes/{id}", "/remarks/{id}"));
    let run = repository.run(&arguments);
    assert_eq!(run.code(), Some(1));
    assert!(run.said().contains("is gone (GET /notes/{})"), "{}", run.said());
    repository.write(
        "new.yaml",
        &SPEC.replace("properties: {text:", "properties: {author: {type: string}, text:"),
    );
    let run = repository.run(&arguments);
    assert_eq!(run.code(), Some(0), "{}", run.said());
}

#[test]
fn init_makes_a_document_one_of_the_apis() {
    let repository = Repository::new();
    repository.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\n    \"generated/notes\",\n]\n\n[workspace.dependencies]\nnotes = { path = \"generated/notes\" }\n",
    );
    repository.write("runtime/server/Cargo.toml", "[dependencies]\nnotes.workspace = true\n");
    repository.write(
        "runtime/server/src/apis.rs",
        "pub fn apis() -> &'static [&'static Api] {\n    static APIS: &[&Api] = &[&notes::API];\n    APIS\n}\n",
    );
    repository.write("other.yaml", &SPEC.replace("      operationId: getNote\n", ""));
    let run = repository.run(&["init", "memos", "other.yaml"]);
    assert_eq!(run.code(), Some(0), "{}", run.said());
    assert!(
        repository
            .read("Cargo.toml")
            .contains("    \"generated/memos\",\n    \"generated/notes\",\n")
    );
    assert!(repository.read("runtime/server/src/apis.rs").contains("&[&memos::API, &notes::API]"));
    assert!(repository.read("generated/memos/Cargo.toml").contains("memos"));
    assert_eq!(repository.run(&["--check"]).code(), Some(0));
    assert_eq!(repository.run(&["init", "memos", "other.yaml"]).code(), Some(2));
}

#[test]
fn report_names_operations_and_tokens() {
    let repository = Repository::new();
    let run = repository.run(&["report"]);
    assert_eq!(run.code(), Some(0), "{}", run.said());
    assert!(run.said().contains("notes") && run.said().contains("tokens"), "{}", run.said());
    assert_eq!(repository.run(&["report", "absent"]).code(), Some(2));
}
