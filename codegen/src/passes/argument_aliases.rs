//! Other names by which callers give an argument: what the overlay declares, and what the document
//! itself calls an argument that has another name here.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::ir::inputs;
use crate::ir::{
    AliasOrigin, Api, ArgumentAlias, BodyArguments, Location, Operation, PageStyle, Tool, TypeRef,
};
use crate::pointer::Trail;

/// What stands for each word of a value.
const WORD: &str = "{word}";
/// What stands for a value in what is written.
const PLACEHOLDERS: [&str; 3] = ["{string}", "{boolean}", WORD];

/// Keeps of every tool's aliases those that lead to an argument and take the name of none.
pub(super) fn resolve(api: &mut Api, diags: &mut Diagnostics) {
    let (mut declared, mut used) = (BTreeSet::new(), BTreeSet::new());
    for operation in &mut api.operations {
        let Some(tool) = &operation.tool else { continue };
        let taken = Taken::of(operation, tool);
        let mut fault = |message: String| {
            let message = format!("`{}`: {message}", tool.name);
            diags.fault("argument-alias", &api.file, &operation.pointer, message);
        };
        let mut kept: Vec<ArgumentAlias> = Vec::new();
        for alias in tool.aliases.iter().cloned().chain(of_the_document(operation, tool)) {
            let as_declared = (alias.argument.clone(), alias.name.clone());
            if matches!(alias.origin, AliasOrigin::Document | AliasOrigin::Path) {
                declared.insert(as_declared.clone());
            }
            let alias = resolved(alias, operation);
            let wrong = taken.wrong(&alias);
            let again = kept.iter().any(|kept| kept.name == alias.name);
            match (wrong, alias.origin) {
                (Some(reason), AliasOrigin::Operation) => fault(reason),
                (Some(_), _) => {}
                (None, AliasOrigin::Operation) if again => {
                    fault(format!("`{}` stands for two arguments", alias.name));
                }
                (None, _) if again => {}
                (None, _) => {
                    used.insert(as_declared);
                    kept.push(alias);
                }
            }
        }
        let lifted = tool.lifted.clone().filter(|lifted| match taken.liftable(lifted) {
            Ok(()) => true,
            Err(reason) => {
                fault(reason);
                false
            }
        });
        if let Some(tool) = &mut operation.tool {
            tool.aliases = kept;
            tool.lifted = lifted;
        }
    }
    let root = Trail::root();
    let extension = root.key("x-drawbridge");
    for (argument, name) in declared.difference(&used) {
        let message = format!("`{name}` stands for `{argument}` of no tool");
        diags.fault("argument-alias", &api.file, extension.key("aliases"), message);
    }
}

/// The alias of a path's variable as one of the argument that the variable is.
fn resolved(alias: ArgumentAlias, operation: &Operation) -> ArgumentAlias {
    if alias.origin != AliasOrigin::Path {
        return alias;
    }
    let variable = operation
        .parameters
        .iter()
        .find(|known| known.wire == alias.argument && matches!(known.location, Location::Path(_)));
    let argument = variable.map_or_else(String::new, |known| known.argument.clone());
    ArgumentAlias { argument, ..alias }
}

/// The names that a tool takes.
struct Taken<'a> {
    operation: &'a Operation,
    inputs: inputs::Inputs<'a>,
}

impl<'a> Taken<'a> {
    fn of(operation: &'a Operation, tool: &'a Tool) -> Self {
        Self { operation, inputs: inputs::of(operation, tool) }
    }

    fn has(&self, name: &str) -> bool {
        self.inputs.given.iter().any(|input| input.name == name)
            || self.inputs.own().any(|own| own == name)
    }

    /// Why an alias does not hold.
    fn wrong(&self, alias: &ArgumentAlias) -> Option<String> {
        let ArgumentAlias { name, argument, written, joined, .. } = alias;
        if !self.has(argument) {
            return Some(format!("`{name}` stands for `{argument}`, which it does not take"));
        }
        if self.has(name) {
            return Some(format!("`{name}` is an argument itself, and no alias of `{argument}`"));
        }
        // A name that the document does not know may be one of the tenant's members there.
        let parameter = self.operation.parameters.iter().any(|known| known.argument == *argument);
        if self.inputs.open && !parameter {
            return Some(format!("`{name}` may be a member of its open body"));
        }
        let text = written.as_ref()?;
        let kinds = PLACEHOLDERS.iter().filter(|kind| text.contains(**kind)).count();
        if kinds != 1 {
            return Some(format!(
                "`{text}` holds one of {} for its value",
                PLACEHOLDERS.join(", ")
            ));
        }
        (text.contains(WORD) && joined.is_none())
            .then(|| format!("`{text}` is written for every word, and `joined` is not given"))
    }

    /// Whether members of an argument may be given at top level.
    fn liftable(&self, argument: &str) -> Result<(), String> {
        let input = self.inputs.given.iter().find(|input| input.name == argument);
        let is_map = input.is_some_and(|input| matches!(input.node.ty, TypeRef::Map(_)));
        match (is_map, self.inputs.open) {
            (true, false) => Ok(()),
            (false, _) => Err(format!("`{argument}` is no map, and nothing can be lifted into it")),
            (_, true) => Err(format!("its body is open: nothing is lifted into `{argument}`")),
        }
    }
}

/// What the document calls arguments that have another name here.
fn of_the_document(operation: &Operation, tool: &Tool) -> Vec<ArgumentAlias> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    match tool.pagination.as_ref().map(|pagination| &pagination.style) {
        Some(PageStyle::Cursor { cursor, size, .. }) => {
            names.push((cursor, "next_cursor"));
            names.extend(size.as_deref().map(|size| (size, "limit")));
        }
        Some(
            PageStyle::Page { size, .. }
            | PageStyle::Offset { size, .. }
            | PageStyle::Scim { size, .. },
        ) => names.push((size, "limit")),
        Some(PageStyle::Whole) | None => {}
    }
    names.extend(operation.parameters.iter().map(|known| (&*known.wire, &*known.argument)));
    if let Some(BodyArguments::Members { names: members, .. }) =
        operation.body.as_ref().map(|body| &body.arguments)
    {
        names.extend(members.iter().map(|(wire, name)| (&**wire, &**name)));
    }
    let alias = |(name, argument): (&str, &str)| ArgumentAlias {
        name: name.to_owned(),
        argument: argument.to_owned(),
        written: None,
        joined: None,
        origin: AliasOrigin::Name,
    };
    names.into_iter().filter(|(name, argument)| name != argument).map(alias).collect()
}
