//! `codegen diff OLD NEW`.

use std::path::Path;
use std::process::ExitCode;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::diff::diff;
use codegen::ir::Api;
use codegen::{Layout, Options, load, names};

use super::{Diff, say, say_error};

/// Compares two documents.
pub(super) fn run(asked: &Diff) -> ExitCode {
    let name = asked.name.clone();
    let Some(old) = read(&asked.old, asked.overlay.as_deref(), name) else {
        return ExitCode::from(2);
    };
    // Both under one name: what it is called says nothing about what changed.
    let Some(new) = read(&asked.new, asked.overlay.as_deref(), Some(old.slug.clone())) else {
        return ExitCode::from(2);
    };
    let changes = diff(&old, &new);
    for change in &changes {
        say(&change.to_string());
    }
    let breaking = changes
        .iter()
        .filter(|change| change.breaking_for_tools || change.breaking_for_rust)
        .count();
    say(&format!("{} changes, {breaking} of them breaking", changes.len()));
    ExitCode::from(u8::from(breaking > 0))
}

fn read(path: &Path, overlay: Option<&Path>, name: Option<String>) -> Option<Api> {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let overlay = overlay.and_then(|path| load::load(path, &mut diags));
    let output = load::load(path, &mut diags).and_then(|document| {
        let title = document.root["info"]["title"].as_str().unwrap_or("api");
        let options = Options {
            mode: Mode::Lenient,
            name: name.unwrap_or_else(|| names::slug(title)),
            lock: None,
            prompts: None,
            layout: Layout::Workspace,
        };
        let (output, found) = codegen::generate(document, overlay, &options);
        diags.extend(found);
        output
    });
    let errors = diags.render(Severity::Error);
    if !errors.is_empty() {
        say_error(errors.trim_end());
    }
    output.map(|output| output.api)
}
