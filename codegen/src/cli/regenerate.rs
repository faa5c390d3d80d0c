//! `codegen` and `codegen --check`: what `specs/` produce against what is under `generated/`.

use std::process::ExitCode;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::write::{self, Plan};
use codegen::{Layout, Options, Output};

use super::repository::{Repository, Spec};
use super::{Regenerate, say, say_error, say_findings};

/// Makes everything, then compares or writes.
pub(super) fn run(asked: &Regenerate) -> anyhow::Result<ExitCode> {
    let repository = Repository::find(asked.root.as_deref())?;
    let specs = repository.specs()?;
    let mut diags = Diagnostics::new(Mode::Strict);
    let mut plan = Plan::default();
    let mut made = Vec::new();
    for spec in &specs {
        let Some(output) = make(spec, asked.accept_renames, &mut diags)? else {
            continue;
        };
        plan.extend(write::plan(&repository.generated(&spec.name), &output.artifacts)?);
        plan.extend(write::plan_file(&spec.lock_path(), &output.lock)?);
        made.push(spec.name.as_str());
    }
    for (name, folder) in repository.crates()? {
        if !specs.iter().any(|spec| spec.name == name) {
            plan.extend(write::plan_removal(&folder)?);
        }
    }
    say_findings(&diags, asked.verbose);
    if diags.has_errors() {
        let count = diags.count(Severity::Error);
        say_error(&format!("{count} errors; nothing was written"));
        return Ok(ExitCode::from(1));
    }
    let apis = made.join(", ");
    if plan.is_empty() {
        say(&format!("generated/ is up to date ({apis})"));
        return Ok(ExitCode::SUCCESS);
    }
    if asked.check {
        say(plan.diff(&repository.root).trim_end());
        say_error(&format!(
            "{} files are not what specs/ produce; run `cargo run -p codegen`",
            plan.len()
        ));
        return Ok(ExitCode::from(1));
    }
    plan.apply()?;
    say(plan.summary(&repository.root).trim_end());
    say(&format!("{} files written or deleted ({apis})", plan.len()));
    Ok(ExitCode::SUCCESS)
}

/// One API of this repository; `None`, with the reason among the diagnostics, when nothing can be
/// made of it.
pub(super) fn make(
    spec: &Spec,
    accept_renames: bool,
    diags: &mut Diagnostics,
) -> anyhow::Result<Option<Output>> {
    let document = spec.document(diags);
    let overlay = spec.overlay(diags);
    let lock = spec.lock()?;
    let Some(document) = document else {
        return Ok(None);
    };
    // Without its overlay a document has faults that are none.
    let Ok(overlay) = overlay else {
        diags.extend(codegen::examine(document, Mode::Strict));
        return Ok(None);
    };
    let Ok(prompts) = spec.prompts(diags) else {
        return Ok(None);
    };
    let options = Options {
        mode: Mode::Strict,
        name: spec.name.clone(),
        lock: lock.filter(|_| !accept_renames),
        prompts,
        layout: Layout::Workspace,
    };
    let (output, found) = codegen::generate(document, overlay, &options);
    diags.extend(found);
    Ok(output)
}
