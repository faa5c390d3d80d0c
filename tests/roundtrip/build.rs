//! Lists the types of every operation of the crates named in `apis`: what a test cannot find out at
//! run time.
//!
//! Reads generated sources and writes `tables.rs`: a module for each crate with `TABLE`, one row an
//! operation.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, File, ImplItem, Item, ItemImpl, Pat, Type};

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    println!("cargo::rerun-if-changed=apis");
    let mut out = TokenStream::new();
    for line in fs::read_to_string("apis")?.lines().filter(|line| !line.trim().is_empty()) {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [name, folder, document] = parts.as_slice() else {
            return Err(format!("`{line}`: name, folder, document").into());
        };
        println!("cargo::rerun-if-changed={folder}/src/operations");
        let document = fs::canonicalize(document)?.display().to_string();
        let mut files: Vec<PathBuf> = fs::read_dir(Path::new(folder).join("src/operations"))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_, Fault>>()?;
        files.sort();
        let mut sources = Vec::new();
        for file in &files {
            sources.push(syn::parse_file(&fs::read_to_string(file)?)?);
        }
        let modules = (0..sources.len()).map(|index| format_ident!("m{index}"));
        let modules: Vec<_> = modules.collect();
        let bodies = sources.iter().map(|source| module(name, source));
        let name = format_ident!("{name}");
        out.extend(quote! {
            pub(crate) mod #name {
                pub(crate) const DOCUMENT: &str = #document;
                #(
                    #[allow(unused_imports, reason = "rows name fewer types than operations")]
                    mod #modules { #bodies }
                )*
                pub(crate) static TABLE: &[&[::roundtrip::Row]] = &[#(#modules::ROWS),*];
            }
        });
    }
    let path = Path::new(&std::env::var("OUT_DIR")?).join("tables.rs");
    Ok(fs::write(path, out.to_string())?)
}

/// The rows of one file; its imports come along, since its types are written with them.
fn module(name: &str, source: &File) -> TokenStream {
    let name = format_ident!("{name}");
    let imports = source.items.iter().filter_map(|item| match item {
        // Types that stand in `super` in the file are declared by the crate's `operations`.
        Item::Use(import) => Some(within(&name, import.to_token_stream())),
        _ => None,
    });
    let rows = source.items.iter().filter_map(|item| match item {
        Item::Impl(block) if is_operation(block) => row(&name, source, block),
        _ => None,
    });
    quote! {
        #(#imports)*
        pub(super) static ROWS: &[::roundtrip::Row] = &[#(#rows),*];
    }
}

/// Paths of the crate, as others see them.
fn within(name: &proc_macro2::Ident, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match &token {
            proc_macro2::TokenTree::Ident(ident) if ident == "crate" => quote!(::#name),
            _ => token.into_token_stream(),
        })
        .collect()
}

fn is_operation(block: &ItemImpl) -> bool {
    block.trait_.as_ref().is_some_and(|(path, _)| last(path) == "Operation")
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn row(name: &proc_macro2::Ident, source: &File, block: &ItemImpl) -> Option<TokenStream> {
    let Type::Path(own) = &*block.self_ty else { return None };
    let own = last(&own.path);
    let (mut method, mut path, mut success, mut failure) = (None, None, None, None);
    let (mut json, mut answers) = (false, (Vec::new(), Vec::new()));
    for item in &block.items {
        match item {
            ImplItem::Const(info) => {
                let Expr::Reference(reference) = &info.expr else { return None };
                let Expr::Struct(fields) = &*reference.expr else { return None };
                for field in &fields.fields {
                    match (field.member.to_token_stream().to_string().as_str(), &field.expr) {
                        ("method", Expr::Path(path)) => method = Some(last(&path.path)),
                        ("path", Expr::Lit(literal)) => path = Some(literal.clone()),
                        _ => {}
                    }
                }
            }
            ImplItem::Type(ty) if ty.ident == "Success" => success = Some(ty.ty.clone()),
            ImplItem::Type(ty) if ty.ident == "Failure" => failure = Some(ty.ty.clone()),
            ImplItem::Fn(function) => {
                let body = function.block.to_token_stream().to_string();
                match function.sig.ident.to_string().as_str() {
                    "request" => json = body.contains(". json (") || body.contains(". json_as ("),
                    "success" => answers.0 = answer(name, source, &body, success.as_ref()?),
                    "failure" => answers.1 = answer(name, source, &body, failure.as_ref()?),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let body = if let Some(ty) = field(source, &own, "body").filter(|_| json) {
        quote!(Some(::roundtrip::trip::<#ty>))
    } else {
        quote!(None)
    };
    let (method, path, (success, failure)) = (method?, path?, answers);
    Some(quote! {
        ::roundtrip::Row {
            method: #method,
            path: #path,
            body: #body,
            success: &[#(#success),*],
            failure: &[#(#failure),*],
        }
    })
}

/// The type of a member of a struct.
fn field(source: &File, own: &str, member: &str) -> Option<Type> {
    let structure = source.items.iter().find_map(|item| match item {
        Item::Struct(structure) if structure.ident == own => Some(structure),
        _ => None,
    })?;
    let field =
        structure.fields.iter().find(|field| field.ident.as_ref().is_some_and(|i| i == member))?;
    Some(field.ty.clone())
}

/// What the answers of one kind decode to: a row for each status.
fn answer(name: &proc_macro2::Ident, source: &File, decode: &str, ty: &Type) -> Vec<TokenStream> {
    if let Type::Path(path) = ty
        && path.path.segments.first().is_some_and(|segment| segment.ident == "super")
    {
        return by_status(name, source, &last(&path.path));
    }
    vec![one(&quote!(0), &quote!(999), decode, &ty.to_token_stream())]
}

/// The rows of an enum by status; none when another file declares it, whose own rows tell.
fn by_status(name: &proc_macro2::Ident, source: &File, ident: &str) -> Vec<TokenStream> {
    let mut out = Vec::new();
    let variants = source.items.iter().find_map(|item| match item {
        Item::Enum(found) if found.ident == ident => Some(&found.variants),
        _ => None,
    });
    let arms = source.items.iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    let arms = arms.filter(|block| block.self_ty.to_token_stream().to_string() == ident).find_map(
        |block| {
            block.items.iter().find_map(|item| match item {
                ImplItem::Fn(function) if function.sig.ident == "decode" => {
                    function.block.stmts.iter().find_map(|statement| match statement {
                        syn::Stmt::Expr(Expr::Match(found), _) => Some(&found.arms),
                        _ => None,
                    })
                }
                _ => None,
            })
        },
    );
    let (Some(variants), Some(arms)) = (variants, arms) else { return out };
    for (variant, arm) in variants.iter().zip(arms) {
        let (first, last) = match &arm.pat {
            Pat::Range(range) => (range.start.to_token_stream(), range.end.to_token_stream()),
            Pat::Wild(_) => (quote!(0), quote!(999)),
            code => (code.to_token_stream(), code.to_token_stream()),
        };
        let Some(payload) = variant.fields.iter().next().map(|field| &field.ty) else { continue };
        let payload = within(name, payload.to_token_stream());
        out.push(one(&first, &last, &arm.body.to_token_stream().to_string(), &payload));
    }
    out
}

fn one(first: &TokenStream, last: &TokenStream, decode: &str, ty: &TokenStream) -> TokenStream {
    let called = |decoder: &str| decode.contains(&format!(":: {decoder} ("));
    let kind = ["optional_json", "json", "text", "binary", "empty"]
        .into_iter()
        .find(|decoder| called(decoder))
        .unwrap_or("empty");
    let trip =
        if kind.ends_with("json") { quote!(Some(::roundtrip::trip::<#ty>)) } else { quote!(None) };
    quote!(::roundtrip::Answer { first: #first, last: #last, kind: #kind, trip: #trip })
}
