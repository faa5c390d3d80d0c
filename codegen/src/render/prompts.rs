//! `src/prompts.rs`: the jobs that people bring, in words.

use quote::quote;

use super::rust::{self, Imports, Module};
use crate::ir::{Api, Launch, LaunchFiles, Prompt};
use crate::write::Artifact;

/// The artifact; none when there are no prompts.
pub(super) fn render(api: &Api) -> Option<Artifact> {
    if api.prompts.is_empty() {
        return None;
    }
    let about = format!("The jobs that people bring to {}, in words.", api.title);
    let mut module = Module::new(api, &about);
    let mut imports = Imports::default();
    imports.add("crate::support::api", "Prompt");
    if api.prompts.iter().any(|prompt| !prompt.arguments.is_empty()) {
        imports.add("crate::support::api", "PromptArgument");
    }
    module.import(imports);
    let prompts = api.prompts.iter().map(prompt);
    module.push(quote! {
        /// The prompts, in the order in which they are listed.
        pub static PROMPTS: &[Prompt] = &[#(#prompts),*];
    });
    Some(Artifact::new("src/prompts.rs", module.print()))
}

fn prompt(
    Prompt { name, title, description, arguments, tools, text }: &Prompt,
) -> proc_macro2::TokenStream {
    let arguments = arguments.iter().map(|argument| {
        let (name, description, required) =
            (&argument.name, &argument.description, argument.required);
        quote!(PromptArgument { name: #name, description: #description, required: #required })
    });
    quote!(Prompt {
        name: #name,
        title: #title,
        description: #description,
        arguments: &[#(#arguments),*],
        tools: &[#(#tools),*],
        text: #text,
    })
}

/// How things are launched, as a member of the API's table.
pub(super) fn launch(launch: Option<&Launch>) -> proc_macro2::TokenStream {
    let Some(launch) = launch else { return quote!(None) };
    let Launch {
        list,
        items,
        id,
        label,
        form,
        permission,
        get,
        tool,
        template,
        values,
        defaults,
        files,
        dialect,
    } = launch;
    let permission = if let Some((member, value)) = permission {
        quote!(Some((#member, #value)))
    } else {
        quote!(None)
    };
    let defaults = rust::optional(defaults.as_deref());
    let files = if let Some(LaunchFiles { tool, data, part }) = files {
        quote!(Some(LaunchFiles { tool: #tool, data: #data, part: #part }))
    } else {
        quote!(None)
    };
    quote!(Some(Launch {
        list: #list,
        items: #items,
        id: #id,
        label: #label,
        form: #form,
        permission: #permission,
        get: #get,
        tool: #tool,
        template: #template,
        values: #values,
        defaults: #defaults,
        files: #files,
        dialect: #dialect,
    }))
}
