//! `codegen report`.

use std::process::ExitCode;

use anyhow::bail;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::report::{looser, report};

use super::repository::Repository;
use super::{Report, regenerate, say, say_error};

/// Prints the figures of the APIs asked for, or of all.
pub(super) fn run(asked: &Report) -> anyhow::Result<ExitCode> {
    let repository = Repository::find(asked.root.as_deref())?;
    let specs = repository.specs()?;
    if let Some(unknown) =
        asked.names.iter().find(|name| !specs.iter().any(|spec| spec.name == **name))
    {
        let known: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        bail!("no API `{unknown}`; there are: {}", known.join(", "));
    }
    let mut fine = true;
    for spec in &specs {
        if !asked.names.is_empty() && !asked.names.contains(&spec.name) {
            continue;
        }
        let mut diags = Diagnostics::new(Mode::Strict);
        let output = regenerate::make(spec, true, &mut diags)?;
        if diags.has_errors() {
            say_error(diags.render(Severity::Error).trim_end());
            fine = false;
        }
        if let Some(output) = output {
            let report = report(&output.api, &output.artifacts);
            say(report.to_string().trim_end());
            say(looser(&output.api, &diags).text(asked.verbose).trim_end());
            fine &= report.over_budget().is_empty();
        }
    }
    Ok(ExitCode::from(u8::from(!fine)))
}
