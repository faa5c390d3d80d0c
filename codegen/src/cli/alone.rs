//! `codegen generate`: one crate of any document, outside of this repository.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::{Layout, License, Options, Support, load, write};

use super::{Generate, say, say_error, say_findings};

/// Makes the crate and writes it, unless the mode forbids what was found.
pub(super) fn run(asked: &Generate) -> anyhow::Result<ExitCode> {
    let mode = if asked.strict { Mode::Strict } else { Mode::Lenient };
    let support = match &asked.support {
        Some(path) => Support::Shared(path_between(&asked.out, path)?),
        None => Support::Carried,
    };
    let license = asked.license.clone().map_or(License::Document(None), License::Given);
    let mut diags = Diagnostics::new(mode);
    let document = load::load(&asked.spec, &mut diags);
    let overlay = match &asked.overlay {
        Some(path) => {
            let overlay = load::load(path, &mut diags);
            // Without its overlay the crate would be another one.
            if overlay.is_none() {
                say_findings(&diags, asked.verbose);
                return Ok(ExitCode::from(2));
            }
            overlay
        }
        None => None,
    };
    let options = Options {
        mode,
        name: asked.name.clone(),
        lock: None,
        prompts: None,
        layout: Layout::Standalone { support, license },
    };
    let output = document.and_then(|document| {
        let (output, found) = codegen::generate(document, overlay, &options);
        diags.extend(found);
        output
    });
    say_findings(&diags, asked.verbose);
    let Some(output) = output else {
        say_error("nothing can be made of this document");
        return Ok(ExitCode::from(2));
    };
    let [errors, warnings, notes] =
        [Severity::Error, Severity::Warning, Severity::Note].map(|kind| diags.count(kind));
    if errors > 0 {
        say_error(&format!("{errors} errors; nothing was written"));
        return Ok(ExitCode::from(1));
    }
    let plan = write::plan(&asked.out, &output.artifacts)?;
    plan.apply()?;
    let (operations, skipped) = (output.api.operations.len(), output.api.skipped.len());
    say(&format!(
        "{}: {operations} operations, {skipped} skipped; {} files, {} of them new or changed; {warnings} warnings, {notes} notes",
        asked.out.display(),
        output.artifacts.len(),
        plan.len(),
    ));
    Ok(ExitCode::SUCCESS)
}

/// The way from one folder to another, so that moving both together breaks nothing.
fn path_between(from: &Path, to: &Path) -> anyhow::Result<String> {
    let from = absolute(from)?;
    let to = absolute(to)?;
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let mut path = PathBuf::new();
    for _ in from.components().skip(shared) {
        path.push("..");
    }
    for part in to.components().skip(shared) {
        path.push(part);
    }
    Ok(path.to_string_lossy().replace('\\', "/"))
}

/// An absolute path without `.` and `..`, links resolved as far as the path exists.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let mut existing = std::path::absolute(path).context(path.display().to_string())?;
    let mut missing = Vec::new();
    loop {
        if let Ok(real) = existing.canonicalize() {
            let mut whole = real;
            whole.extend(missing.iter().rev());
            return Ok(whole);
        }
        let Some(name) = existing.file_name().map(ToOwned::to_owned) else {
            return Ok(path.to_owned());
        };
        missing.push(name);
        existing.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_two_folders_is_relative() {
        let root = tempfile::tempdir().expect("a folder");
        let support = root.path().join("a/support");
        std::fs::create_dir_all(&support).expect("made");
        let out = root.path().join("b/c/new");
        assert_eq!(path_between(&out, &support).expect("a path"), "../../../a/support");
    }
}
