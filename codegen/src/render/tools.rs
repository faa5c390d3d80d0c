//! `src/tools.rs`: a static row for each tool, sorted by name.

mod arguments;
mod values;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::quote;

use super::doc;
use super::rust::{self, Imports, Module};
use super::schema::text;
use crate::ir::{
    self, Api, BodyArguments, Job, LiveFields, Operation, PageStyle, Pagination, RateLimit, Tool,
    ToolMethod,
};
use crate::write::Artifact;

/// What rows may name of `support::tool`.
const NAMES: [&str; 21] = [
    "Annotations",
    "Argument",
    "ArgumentAlias",
    "BodyArguments",
    "BodyForm",
    "BodyForms",
    "Choice",
    "FieldsParameter",
    "FieldsStyle",
    "Job",
    "LiveFields",
    "Money",
    "PageStyle",
    "Pagination",
    "People",
    "RateLimit",
    "TenantValues",
    "Tool",
    "ToolMethod",
    "ValueKind",
    "ValueKinds",
];

/// Tools with their operations, sorted by name.
pub(super) fn sorted(api: &Api) -> Vec<(&Operation, &Tool)> {
    let mut tools: Vec<_> = api
        .operations
        .iter()
        .filter_map(|operation| operation.tool.as_ref().map(|tool| (operation, tool)))
        .collect();
    tools.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    tools
}

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let rows: Vec<TokenStream> =
        sorted(api).into_iter().map(|(operation, tool)| row(api, operation, tool)).collect();
    let mut module = Module::new(api, &format!("The operations of {} as tools.", api.title));
    let kinds = values::kinds(api);
    let mut imports = Imports::default();
    for name in NAMES {
        if name == "Tool" || rows.iter().chain(&kinds).any(|row| is_named(row, name)) {
            imports.add("crate::support::tool", name);
        }
    }
    if !rows.is_empty() {
        imports.add("crate", "operations");
    }
    module.import(imports);
    if let Some(kinds) = kinds {
        module.push(kinds);
    }
    let about = rust::doc(&format!("Every tool of {}, sorted by name.", doc::title(api)), 0);
    module.push(quote! {
        #about
        pub static TOOLS: &[Tool] = &[#(#rows),*];
    });
    Artifact::new("src/tools.rs", module.print())
}

/// Whether tokens name an item by itself, not as a part of a path.
fn is_named(tokens: &TokenStream, name: &str) -> bool {
    let (mut colons, mut joint) = (false, false);
    tokens.clone().into_iter().any(|token| match &token {
        TokenTree::Ident(ident) => !std::mem::take(&mut colons) && *ident == name,
        TokenTree::Group(group) => {
            colons = false;
            is_named(&group.stream(), name)
        }
        TokenTree::Punct(punct) => {
            colons = joint && punct.as_char() == ':';
            joint = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
            false
        }
        TokenTree::Literal(_) => false,
    })
}

fn row(api: &Api, operation: &Operation, tool: &Tool) -> TokenStream {
    let (name, title, description) =
        (tool.name.as_str(), text::title(operation), text::description(operation));
    let detail = Some(text::detail(operation)).filter(|detail| !detail.is_empty());
    let (method, annotations) = (method(&tool.method), annotations(tool.annotations));
    let (tags, file) = (&tool.tags, format!("../schemas/{name}.json"));
    let further: Vec<TokenStream> = [
        ("detail", detail.map(|detail| quote!(#detail))),
        ("deprecated", operation.deprecated.then(|| quote!(true))),
        ("arguments", arguments::table(operation)),
        ("body", arguments::body(api, operation)),
        ("constants", constants(operation)),
        ("pagination", tool.pagination.as_ref().map(|pagination| page(operation, pagination))),
        ("rate_limit", tool.rate_limit.as_ref().map(rate_limit)),
        ("reads_files", operation.reads_files().then(|| quote!(true))),
        ("job", tool.job.as_ref().map(job)),
        ("fields_parameter", arguments::fields_parameter(operation, tool)),
        ("wrapper", tool.wrapper.as_deref().map(|wrapper| quote!(Some(#wrapper)))),
        ("searched", tool.searched.as_deref().map(|searched| quote!(Some(#searched)))),
        ("live_fields", tool.live_fields.as_ref().map(live_fields)),
        ("tenant_values", tool.tenant_values.as_ref().map(values::of)),
        ("opens_at", tool.opens_at.as_deref().map(|path| quote!(Some(#path)))),
        ("launch_form", tool.launch_form.then(|| quote!(true))),
        ("aliases", arguments::aliases(tool)),
        ("lifted", tool.lifted.as_deref().map(|lifted| quote!(Some(#lifted)))),
        ("questions", questions(&tool.questions)),
    ]
    .into_iter()
    .filter_map(|(member, value)| {
        let (member, value) = (rust::ident(member), value?);
        Some(quote!(#member: #value,))
    })
    .collect();
    let ident = rust::ident(&operation.type_ident);
    quote! {
        Tool {
            title: #title,
            description: #description,
            method: #method,
            tags: &[#(#tags),*],
            annotations: #annotations,
            #(#further)*
            ..Tool::of::<operations::#ident>(#name, include_str!(#file))
        }
    }
}

fn questions(questions: &[String]) -> Option<TokenStream> {
    (!questions.is_empty()).then(|| quote!(&[#(#questions),*]))
}

fn method(method: &ToolMethod) -> TokenStream {
    match method {
        ToolMethod::List => quote!(ToolMethod::List),
        ToolMethod::Get => quote!(ToolMethod::Get),
        ToolMethod::Create => quote!(ToolMethod::Create),
        ToolMethod::Update => quote!(ToolMethod::Update),
        ToolMethod::Delete => quote!(ToolMethod::Delete),
        ToolMethod::Custom(action) => quote!(ToolMethod::Custom(#action)),
    }
}

fn annotations(
    ir::Annotations { read_only, destructive, idempotent }: ir::Annotations,
) -> TokenStream {
    match (read_only, destructive, idempotent) {
        (true, false, true) => quote!(Annotations::READ),
        (false, false, false) => quote!(Annotations::WRITE),
        (false, false, true) => quote!(Annotations::SET),
        (false, true, true) => quote!(Annotations::REMOVE),
        (false, true, false) => quote!(Annotations::END),
        _ => quote!(Annotations {
            read_only: #read_only,
            destructive: #destructive,
            idempotent: #idempotent,
            ..Annotations::READ
        }),
    }
}

/// Body members that are sent when the caller leaves them out.
fn constants(operation: &Operation) -> Option<TokenStream> {
    let Some(BodyArguments::Members { constants, .. }) =
        operation.body.as_ref().map(|body| &body.arguments)
    else {
        return None;
    };
    let pairs = constants.iter().map(|(wire, value)| {
        let json = value.to_string();
        quote!((#wire, #json))
    });
    (!constants.is_empty()).then(|| quote!(&[#(#pairs),*]))
}

/// The argument name of a parameter.
fn argument<'a>(operation: &'a Operation, wire: &'a str) -> &'a str {
    operation
        .parameters
        .iter()
        .find(|parameter| parameter.wire == wire)
        .map_or(wire, |parameter| parameter.argument.as_str())
}

fn page(operation: &Operation, pagination: &Pagination) -> TokenStream {
    let name = |wire| argument(operation, wire);
    let style = match &pagination.style {
        PageStyle::Page { page, size, first } => {
            let (page, size, first) = (name(page), name(size), rust::number(*first));
            quote!(Page { page: #page, size: #size, first: #first })
        }
        PageStyle::Offset { offset, size } => {
            let (offset, size) = (name(offset), name(size));
            quote!(Offset { offset: #offset, size: #size })
        }
        PageStyle::Scim { start, size } => {
            let (start, size) = (name(start), name(size));
            quote!(Scim { start: #start, size: #size })
        }
        PageStyle::Cursor { cursor, size, next } => {
            let (cursor, size) = (name(cursor), rust::optional(size.as_deref().map(name)));
            quote!(Cursor { cursor: #cursor, size: #size, next: #next })
        }
        PageStyle::Whole => quote!(Whole),
    };
    let items = &pagination.items;
    let total = rust::optional(pagination.total.as_deref());
    let more = rust::optional(pagination.more.as_deref());
    let size = |size: Option<u32>| rust::optional(size.map(rust::number));
    let (default, most) = (size(pagination.default_size), size(pagination.max_size));
    let limit = size(pagination.limit);
    quote! {
        Some(Pagination {
            style: PageStyle::#style,
            items: #items,
            total: #total,
            more: #more,
            default_size: #default,
            limit: #limit,
            max_size: #most,
        })
    }
}

fn rate_limit(RateLimit { requests, seconds, bucket }: &RateLimit) -> TokenStream {
    let (requests, seconds) = (rust::number(*requests), rust::number(*seconds));
    quote!(Some(RateLimit { requests: #requests, seconds: #seconds, bucket: #bucket }))
}

fn job(Job { poll, arguments, pending_when, done_when }: &Job) -> TokenStream {
    let arguments = arguments.iter().map(|(name, member)| quote!((#name, #member)));
    let words = |stated: &Option<(String, Vec<String>)>| {
        let said =
            |(member, values): &(String, Vec<String>)| quote!(Some((#member, &[#(#values),*])));
        stated.as_ref().map_or(quote!(None), said)
    };
    let (pending, done) = (words(pending_when), words(done_when));
    let poll = rust::optional(poll.as_ref());
    quote! {
        Some(Job {
            poll: #poll,
            arguments: &[#(#arguments),*],
            pending_when: #pending,
            done_when: #done,
        })
    }
}

fn live_fields(LiveFields { tool, items, key }: &LiveFields) -> TokenStream {
    quote!(Some(LiveFields { tool: #tool, items: #items, key: #key }))
}
