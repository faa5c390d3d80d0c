//! `src/tools.rs`: a static row for each tool, sorted by name.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::ir::{Api, BodyArguments, Job, LiveFields, Operation, PageStyle, Pagination, RateLimit, Tool};
use crate::write::Artifact;

use super::rust;
use super::rust::{ident_token, items};
use super::schema::text;

/// Tools with their operations, sorted by name.
pub(super) fn sorted(api: &Api) -> Vec<(&Operation, &Tool)> {
    let mut tools: Vec<_> = api.operations.iter().filter_map(|operation| operation.tool.as_ref().map(|tool| (operation, tool))).collect();
    tools.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    tools
}

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let rows = sorted(api).into_iter().map(|(operation, tool)| row(operation, tool));
    let summary = format!(" Every tool of {}, sorted by name.", api.title);
    let table = quote! {
        #[doc = #summary]
        pub static TOOLS: &[Tool] = &[#(#rows),*];
    };
    let mut out = rust::header(&api.slug, &format!("The operations of {} as tools.", api.title));
    let body = items(vec![table]);
    let names = ["ToolMethod", "Hints", "BodyArguments", "RateLimit", "Job", "LiveFields"];
    let mut used: Vec<&str> =
        names.into_iter().filter(|name| body.contains(&format!("{name}::")) || body.contains(&format!("{name} {{"))).collect();
    used.push("Tool");
    used.sort_unstable();
    out.push_str(&format!("use ::support::tool::{{{}}};\n", used.join(", ")));
    if body.contains("operations::") {
        out.push_str("\nuse crate::operations;\n");
    }
    out.push('\n');
    out.push_str(&body);
    Artifact::new("src/tools.rs", out)
}

fn row(operation: &Operation, tool: &Tool) -> TokenStream {
    let name = &tool.name;
    let (title, description) = (text::title(operation), text::description(operation));
    let detail = text::detail(operation);
    let detail = (!detail.is_empty()).then(|| quote!(detail: #detail,));
    let method = match tool.method.as_str() {
        "list" => quote!(ToolMethod::List),
        "get" => quote!(ToolMethod::Get),
        "create" => quote!(ToolMethod::Create),
        "update" => quote!(ToolMethod::Update),
        "delete" => quote!(ToolMethod::Delete),
        action => quote!(ToolMethod::Custom(#action)),
    };
    let tags = &tool.tags;
    let hints = hints(tool);
    let deprecated = operation.deprecated.then(|| quote!(deprecated: true,));
    let arguments = arguments(operation);
    let body = body(operation);
    let pagination = tool.pagination.as_ref().map(|pagination| {
        let pagination = page(operation, pagination);
        quote!(pagination: ::support::pagination!(#pagination),)
    });
    let rate_limit = tool
        .rate_limit
        .as_ref()
        .map(|RateLimit { requests, seconds, bucket }| quote!(rate_limit: RateLimit::of(#requests, #seconds, #bucket),));
    let job = tool.job.as_ref().map(job);
    let fields = tool.fields_parameter.as_deref().map(|wire| {
        let argument = argument(operation, wire);
        quote!(fields_parameter: Some(#argument),)
    });
    let live = tool
        .live_fields
        .as_ref()
        .map(|LiveFields { tool, items, key }| quote!(live_fields: Some(LiveFields { tool: #tool, items: #items, key: #key }),));
    let form = tool.launch_form.then(|| quote!(launch_form: true,));
    let ident = ident_token(&operation.type_ident);
    let file = format!("../schemas/{name}.json");
    quote! {
        Tool {
            title: #title,
            description: #description,
            #detail
            method: #method,
            tags: &[#(#tags),*],
            hints: #hints,
            #deprecated
            #arguments
            #body
            #pagination
            #rate_limit
            #job
            #fields
            #live
            #form
            ..::support::tool!(operations::#ident, #name, #file)
        }
    }
}

fn hints(tool: &Tool) -> TokenStream {
    match (tool.read_only, tool.destructive, tool.idempotent) {
        (true, false, true) => quote!(Hints::READ),
        (false, false, false) => quote!(Hints::WRITE),
        (false, false, true) => quote!(Hints::SET),
        (false, true, true) => quote!(Hints::REMOVE),
        (false, true, false) => quote!(Hints::END),
        (read_only, destructive, idempotent) => {
            quote!(Hints { read_only: #read_only, destructive: #destructive, idempotent: #idempotent, open_world: true })
        }
    }
}

fn arguments(operation: &Operation) -> Option<TokenStream> {
    let fields = operation.parameters.iter().map(|parameter| &parameter.argument);
    let body = operation.body.as_ref().map(|body| match &body.arguments {
        BodyArguments::Members { names, .. } if names.is_empty() => TokenStream::new(),
        BodyArguments::Members { names, .. } => {
            let members = names.iter().map(|(wire, name)| if wire == name { quote!(#name) } else { quote!(#name = #wire) });
            quote!(; body: #(#members)*)
        }
        BodyArguments::Whole(name) => quote!(; whole: #name),
    });
    let tokens = quote!(#(#fields)* #body);
    (!tokens.is_empty()).then(|| quote!(arguments: ::support::arguments!(#tokens),))
}

fn body(operation: &Operation) -> Option<TokenStream> {
    let body = operation.body.as_ref()?;
    let required = body.required;
    Some(match &body.arguments {
        BodyArguments::Members { open, .. } => {
            let preset = match (open, required) {
                (false, true) => quote!(REQUIRED),
                (false, false) => quote!(OPTIONAL),
                (true, true) => quote!(OPEN),
                (true, false) => quote!(OPEN_OPTIONAL),
            };
            quote!(body: BodyArguments::#preset,)
        }
        BodyArguments::Whole(_) => quote!(body: BodyArguments::Whole,),
    })
}

/// The argument name of a query parameter.
fn argument<'a>(operation: &'a Operation, wire: &'a str) -> &'a str {
    operation.parameters.iter().find(|parameter| parameter.wire == wire).map_or(wire, |parameter| parameter.argument.as_str())
}

fn page(operation: &Operation, pagination: &Pagination) -> TokenStream {
    let optional = |value: Option<TokenStream>| value.map_or(quote!(None), |value| quote!(Some(#value)));
    let style = match &pagination.style {
        PageStyle::Page { page, size, first } => {
            let (page, size) = (argument(operation, page), argument(operation, size));
            let first = Literal::u32_unsuffixed(*first);
            quote!(Page { page: #page, size: #size, first: #first })
        }
        PageStyle::Offset { offset, size } => {
            let (offset, size) = (argument(operation, offset), argument(operation, size));
            quote!(Offset { offset: #offset, size: #size })
        }
        PageStyle::Scim { start, size } => {
            let (start, size) = (argument(operation, start), argument(operation, size));
            quote!(Scim { start: #start, size: #size })
        }
        PageStyle::Cursor { cursor, size, next } => {
            let cursor = argument(operation, cursor);
            let size = optional(size.as_deref().map(|size| {
                let size = argument(operation, size);
                quote!(#size)
            }));
            quote!(Cursor { cursor: #cursor, size: #size, next: #next })
        }
        PageStyle::Whole => quote!(Whole),
    };
    let items = &pagination.items;
    let total = pagination.total.as_deref().map(|total| quote!(, total #total));
    let default = pagination.default_size.map(Literal::u32_unsuffixed).map(|size| quote!(, default #size));
    let most = pagination.max_size.map(Literal::u32_unsuffixed).map(|size| quote!(, most #size));
    quote!(#style, items #items #total #default #most)
}

fn job(Job { poll, arguments, pending_when }: &Job) -> TokenStream {
    let arguments = arguments.iter().map(|(name, member)| quote!((#name, #member)));
    let pending = pending_when.as_ref().map_or(quote!(None), |(member, values)| quote!(Some((#member, &[#(#values),*]))));
    quote!(job: Some(Job { poll: #poll, arguments: &[#(#arguments),*], pending_when: #pending }),)
}
