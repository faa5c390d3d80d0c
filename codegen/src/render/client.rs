//! `src/client.rs`: one method for each operation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::ir::{Api, Operation};
use crate::write::Artifact;

use super::answers::Enums;
use super::scope::Scope;
use super::{doc, pagination, rust};

/// The longest doc of a method, in characters: one line.
const METHOD_DOC: usize = 100;

/// The method of an operation.
pub(super) fn method(operation: &Operation) -> String {
    let plain = operation.method_ident.trim_start_matches("r#");
    if plain == "new" { "new_".to_owned() } else { rust::ident(plain) }
}

/// The artifact.
pub(super) fn render(api: &Api, enums: &Enums) -> Artifact {
    let scope = Scope::new(api, "types::");
    let mut taken: BTreeSet<String> =
        api.operations.iter().map(|operation| operation.method_ident.clone()).collect();
    let mut out =
        rust::header(api, &format!("The typed client of {}.", super::doc::brief(&api.title, 120)));
    if !api.operations.is_empty() {
        out.push_str("use crate::operations;\n\n");
    }
    out.push_str("::support::client! {\n");
    let summary = format!(
        "A client of {}: every method takes the arguments of one operation.",
        super::doc::brief(&api.title, 120)
    );
    let _ = write!(out, "{}    pub struct Client;\n\n", doc::comment(&summary, 4));
    for (operation, (success, _)) in api.operations.iter().zip(&enums.operations) {
        let plain = operation.method_ident.trim_start_matches("r#");
        let text = if operation.doc.trim().is_empty() { &operation.title } else { &operation.doc };
        let mut comment = doc::comment(&doc::sentence(text, METHOD_DOC), 4);
        if comment.is_empty() {
            comment = doc::comment(
                &format!("`{} {}`.", operation.method, operation.path.replace('`', "'")),
                4,
            );
        }
        out.push_str(&comment);
        if operation.deprecated {
            out.push_str("    #[deprecated]\n");
        }
        let method = method(operation);
        let _ = write!(out, "    {method}(operations::{})", rust::ident(&operation.type_ident));
        let mut further = |suffix: &str| {
            let name = format!("{plain}_{suffix}");
            taken.insert(name.clone()).then_some(name)
        };
        if pagination::followed(&scope, operation)
            && let (Some(pages), Some(all)) = (further("pages"), further("all"))
        {
            let _ = write!(out, " pages {pages} all {all}");
        }
        if success.streams()
            && let Some(stream) = further("stream")
        {
            let _ = write!(out, " stream {stream}");
        }
        out.push_str(",\n");
    }
    out.push_str("}\n");
    Artifact::new("src/client.rs", out)
}
