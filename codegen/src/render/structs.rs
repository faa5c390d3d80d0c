//! Structs that callers make, of members or of arguments: what is required goes into `new`, each of
//! the others has a method of its name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

use super::doc;
use super::rust;
use super::scope::Scope;
use crate::ir::{Node, Shape, TypeRef, Usage};

/// How far members are indented.
const INDENT: usize = 4;

/// A struct.
pub(super) struct Struct<'a> {
    /// Its doc and attributes.
    pub(super) heading: TokenStream,
    pub(super) ident: Ident,
    pub(super) usage: Usage,
    pub(super) members: Vec<Settable<'a>>,
    /// The type of the member that keeps what is not declared.
    pub(super) extra: Option<TokenStream>,
}

/// A member of a struct.
pub(super) struct Settable<'a> {
    pub(super) ident: Ident,
    pub(super) setter: Ident,
    pub(super) null_setter: Option<Ident>,
    /// The name in JSON.
    pub(super) wire: &'a str,
    pub(super) about: String,
    pub(super) node: &'a Node,
    pub(super) ty: TokenStream,
    pub(super) wrapping: Wrapping,
    /// Whether it is a file, whatever the schema says.
    pub(super) file: bool,
    pub(super) deprecated: bool,
}

/// What stands around the value of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// Nothing: it is required.
    Required,
    /// An `Option`, though it is required: null is a value of it.
    RequiredOption,
    /// An `Option`.
    Option,
    /// An `Option` of any value, of which null is one.
    OptionOfAnything,
    /// Two: null is told from absent.
    Options,
}

impl Struct<'_> {
    /// The struct, and how callers make one.
    pub(super) fn items(&self, scope: &Scope<'_>) -> Vec<TokenStream> {
        vec![self.declaration(scope), self.making(scope)]
    }

    fn declaration(&self, scope: &Scope<'_>) -> TokenStream {
        let Self { heading, ident, usage, members, extra } = self;
        let derives = reading(scope, *usage).derives(!members.iter().any(Settable::is_required));
        let camel_case = is_camel_case(members);
        let rename_all = camel_case.then(|| quote!(#[serde(rename_all = "camelCase")]));
        let declared = members.iter().map(|member| member.declaration(scope, camel_case));
        let undeclared = extra.iter().map(|ty| {
            quote! {
                /// Members that the document does not declare.
                #[serde(flatten)]
                pub extra: #ty,
            }
        });
        quote! {
            #heading
            #derives
            #rename_all
            #[non_exhaustive]
            pub struct #ident {
                #(#declared)*
                #(#undeclared)*
            }
        }
    }

    /// The constructor, and setters where it is sent: what is only received is made in tests.
    fn making(&self, scope: &Scope<'_>) -> TokenStream {
        let Self { ident, usage, members, extra, .. } = self;
        let new = constructor(scope, members, extra.is_some());
        let set = members.iter().filter(|member| usage.request && !member.is_required());
        let setters = set.map(|member| setter(scope, member));
        quote! {
            impl #ident {
                #new
                #(#setters)*
            }
        }
    }
}

impl Settable<'_> {
    fn is_required(&self) -> bool {
        matches!(self.wrapping, Wrapping::Required | Wrapping::RequiredOption)
    }

    fn declaration(&self, scope: &Scope<'_>, camel_case: bool) -> TokenStream {
        let Self { ident, wire, about, ty, wrapping, deprecated, .. } = self;
        let plain = ident.unraw().to_string();
        let mut about = rust::doc(about, INDENT);
        if about.is_empty() {
            about = rust::doc(&format!("{}.", doc::code(wire)), INDENT);
        }
        let alias = rust::alias(wire, &plain);
        let deprecated = deprecated.then(|| quote!(#[deprecated]));
        let derived = if camel_case { camel_cased(&plain) } else { plain };
        let mut serde: Vec<TokenStream> = Vec::new();
        if derived != *wire {
            serde.push(quote!(rename = #wire));
        }
        if matches!(wrapping, Wrapping::Options | Wrapping::OptionOfAnything) {
            serde.push(quote!(default));
            serde.push(quote!(deserialize_with = "crate::support::value::present"));
        }
        if !self.is_required() {
            let is_none = scope.path_text("Option", Some("is_none"));
            serde.push(quote!(skip_serializing_if = #is_none));
        }
        let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
        quote!(#about #alias #deprecated #serde pub #ident: #ty,)
    }
}

fn constructor(scope: &Scope<'_>, members: &[Settable<'_>], open: bool) -> TokenStream {
    let (required, optional): (Vec<_>, Vec<_>) =
        members.iter().partition(|member| member.is_required());
    if required.is_empty() {
        return quote! {
            /// Nothing is required, and nothing set.
            #[must_use]
            pub fn new() -> Self {
                Default::default()
            }
        };
    }
    let (parameters, given): (Vec<_>, Vec<_>) = required
        .into_iter()
        .map(|member| {
            let (ident, (ty, converted)) = (&member.ident, value(scope, member));
            let as_it_is = *ident == converted.to_string();
            let given = if as_it_is { quote!(#ident) } else { quote!(#ident: #converted) };
            (quote!(#ident: #ty), given)
        })
        .unzip();
    let absent = optional.iter().map(|member| &member.ident);
    let extra = open.then(|| quote!(extra: Default::default(),));
    quote! {
        /// What is required; nothing else is set.
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            Self { #(#given,)* #(#absent: None,)* #extra }
        }
    }
}

fn setter(scope: &Scope<'_>, member: &Settable<'_>) -> TokenStream {
    let Settable { ident, setter, null_setter, deprecated, .. } = member;
    let (ty, converted) = value(scope, member);
    let name = ident.unraw();
    let about = format!(" Sets `{name}`.");
    let deprecated = deprecated.then(|| quote!(#[deprecated]));
    let some = if member.wrapping == Wrapping::Options {
        quote!(Some(Some(#converted)))
    } else {
        quote!(Some(#converted))
    };
    let to_null = null_setter.as_ref().map(|null_setter| {
        let about = format!(" Sets `{name}` to null.");
        quote! {
            #[doc = #about]
            #[must_use]
            #deprecated
            pub fn #null_setter(mut self) -> Self {
                self.#ident = Some(None);
                self
            }
        }
    });
    quote! {
        #[doc = #about]
        #[must_use]
        #deprecated
        pub fn #setter(mut self, #ident: #ty) -> Self {
            self.#ident = #some;
            self
        }
        #to_null
    }
}

/// The parameter's type for a member's value, and the value made of it.
fn value(scope: &Scope<'_>, member: &Settable<'_>) -> (TokenStream, TokenStream) {
    let Settable { ident, node, ty, wrapping, .. } = member;
    if *wrapping == Wrapping::RequiredOption {
        return (quote!(impl Into<#ty>), quote!(#ident.into()));
    }
    let inner = match wrapping {
        Wrapping::Required => ty.clone(),
        _ if member.file => scope.outside("FilePart"),
        _ => scope.ty(&node.ty),
    };
    match &node.ty {
        TypeRef::Boxed(id) => {
            let (outer, plain) = (scope.outside("Box"), scope.ty(&TypeRef::Named(*id)));
            (plain, quote!(#outer::new(#ident)))
        }
        TypeRef::List(item) if scope.api.is_nullable(item) => (quote!(#inner), quote!(#ident)),
        TypeRef::List(item) => {
            let one = scope.ty(&item.ty);
            if is_converted(scope, item) {
                (
                    quote!(impl IntoIterator<Item = impl Into<#one>>),
                    quote!(#ident.into_iter().map(Into::into).collect()),
                )
            } else {
                (quote!(impl IntoIterator<Item = #one>), quote!(#ident.into_iter().collect()))
            }
        }
        _ if !member.file && is_converted(scope, node) => {
            (quote!(impl Into<#inner>), quote!(#ident.into()))
        }
        _ => (quote!(#inner), quote!(#ident)),
    }
}

/// Whether values are usually made of something else: texts of literals, enums of texts.
fn is_converted(scope: &Scope<'_>, node: &Node) -> bool {
    match &node.ty {
        TypeRef::String
        | TypeRef::Binary
        | TypeRef::DateTime
        | TypeRef::Date
        | TypeRef::Untyped(_) => true,
        TypeRef::Named(id) => matches!(scope.api.types[id.0].shape, Shape::StringEnum(_)),
        _ => false,
    }
}

/// When a type is read from JSON: what is only ever sent is read as the arguments of a tool alone,
/// and reading is half of what a crate costs to compile.
pub(super) struct Reading<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Whether answers bring it, too.
    received: bool,
}

/// When a type of this use is read.
pub(super) fn reading<'s, 'a>(scope: &'s Scope<'a>, usage: Usage) -> Reading<'s, 'a> {
    Reading { scope, received: usage.response }
}

impl Reading<'_, '_> {
    /// The attributes that derive what a struct can do.
    pub(super) fn derives(&self, default: bool) -> TokenStream {
        let default = default.then(|| quote!(Default,));
        let serialize = self.scope.outside("Serialize");
        if self.received {
            let deserialize = self.scope.outside("Deserialize");
            quote!(#[derive(Debug, Clone, PartialEq, #default #serialize, #deserialize)])
        } else {
            quote! {
                #[derive(Debug, Clone, PartialEq, #default #serialize)]
                #[cfg_attr(feature = "tools", derive(serde::Deserialize))]
            }
        }
    }

    /// How a type is made of a `value` that was read.
    pub(super) fn implementation(
        &self,
        ident: &Ident,
        value: &TokenStream,
        made: &TokenStream,
    ) -> TokenStream {
        let (gate, deserialize, deserializer) = if self.received {
            (None, self.scope.outside("Deserialize"), self.scope.outside("Deserializer"))
        } else {
            let gate = quote!(#[cfg(feature = "tools")]);
            (Some(gate), quote!(serde::Deserialize), quote!(serde::Deserializer))
        };
        quote! {
            #gate
            impl<'de> #deserialize<'de> for #ident {
                fn deserialize<D: #deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let value = <#value as #deserialize>::deserialize(deserializer)?;
                    #made
                }
            }
        }
    }
}

/// Whether camel case is what most of the names are in JSON: then the struct says it once.
fn is_camel_case(members: &[Settable<'_>]) -> bool {
    let (mut camel, mut same) = (0_usize, 0_usize);
    for Settable { ident, wire, .. } in members {
        let ident = ident.unraw().to_string();
        let cased = camel_cased(&ident);
        if cased != ident {
            camel += usize::from(cased == *wire);
            same += usize::from(ident == *wire);
        }
    }
    camel > 1 && camel > same
}

/// As serde's `rename_all = "camelCase"` has it.
fn camel_cased(ident: &str) -> String {
    let mut out = String::with_capacity(ident.len());
    let mut capital = false;
    for letter in ident.chars() {
        if letter == '_' {
            capital = !out.is_empty() || capital;
        } else if std::mem::take(&mut capital) {
            out.push(letter.to_ascii_uppercase());
        } else if out.is_empty() {
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_is_serdes() {
        for (ident, wire) in
            [("first_name", "firstName"), ("id", "id"), ("x_1", "x1"), ("_links", "links")]
        {
            assert_eq!(camel_cased(ident), wire);
        }
        let node = Node {
            ty: TypeRef::Bool,
            nullable: false,
            doc: String::new(),
            constraints: Box::default(),
        };
        let member = |(ident, wire): &(&str, &'static str)| Settable {
            ident: rust::ident(ident),
            setter: rust::ident(ident),
            null_setter: None,
            wire,
            about: String::new(),
            node: &node,
            ty: quote!(bool),
            wrapping: Wrapping::Required,
            file: false,
            deprecated: false,
        };
        let names = |pairs: &[(&str, &'static str)]| {
            is_camel_case(&pairs.iter().map(member).collect::<Vec<_>>())
        };
        assert!(names(&[("first_name", "firstName"), ("last_name", "lastName"), ("id", "id")]));
        assert!(!names(&[("first_name", "firstName"), ("id", "id")]));
        assert!(!names(&[("first_name", "first_name"), ("last_name", "last_name")]));
    }
}
