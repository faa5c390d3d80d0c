//! Constructors and setters: what is required goes into `new`, each of the others has a method of
//! its name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::rust;
use super::scope::Scope;
use crate::ir::{Node, Shape, TypeRef, Usage};

/// How far members are indented.
const INDENT: usize = 4;

/// A member of a struct that callers make.
pub(super) struct Settable<'a> {
    pub(super) ident: Ident,
    pub(super) setter: Ident,
    pub(super) null_setter: Option<Ident>,
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
    /// Two.
    Options,
}

/// The constructor of a struct with these members, and their setters; `rest` are members that start
/// out empty.
pub(super) fn made_by_callers(
    scope: &Scope<'_>,
    ident: &Ident,
    members: &[Settable<'_>],
    rest: Option<&Ident>,
) -> TokenStream {
    let new = constructor(scope, members, rest);
    let setters =
        members.iter().filter(|member| !member.is_required()).map(|member| setter(scope, member));
    quote! {
        impl #ident {
            #new
            #(#setters)*
        }
    }
}

/// The constructor alone, of a struct that callers make in tests.
pub(super) fn made_in_tests(
    scope: &Scope<'_>,
    ident: &Ident,
    members: &[Settable<'_>],
    rest: Option<&Ident>,
) -> TokenStream {
    let new = constructor(scope, members, rest);
    quote!(impl #ident { #new })
}

impl Settable<'_> {
    fn is_required(&self) -> bool {
        matches!(self.wrapping, Wrapping::Required | Wrapping::RequiredOption)
    }
}

fn constructor(scope: &Scope<'_>, members: &[Settable<'_>], rest: Option<&Ident>) -> TokenStream {
    let (required, optional): (Vec<_>, Vec<_>) =
        members.iter().partition(|member| member.is_required());
    let parameters = required.iter().map(|member| {
        let (ident, (ty, _)) = (&member.ident, value(scope, member));
        quote!(#ident: #ty)
    });
    if required.is_empty() {
        quote! {
            /// Nothing is required, and nothing set.
            #[must_use]
            pub fn new() -> Self {
                Default::default()
            }
        }
    } else {
        let given = required.iter().map(|member| {
            let (ident, (_, converted)) = (&member.ident, value(scope, member));
            if *ident == converted.to_string() {
                quote!(#ident)
            } else {
                quote!(#ident: #converted)
            }
        });
        let absent = optional.iter().map(|member| &member.ident);
        let rest = rest.map(|rest| quote!(#rest: Default::default(),));
        quote! {
            /// What is required; nothing else is set.
            #[must_use]
            pub fn new(#(#parameters),*) -> Self {
                Self { #(#given,)* #(#absent: None,)* #rest }
            }
        }
    }
}

fn setter(scope: &Scope<'_>, member: &Settable<'_>) -> TokenStream {
    let Settable { ident, setter, null_setter, deprecated, .. } = member;
    let (ty, converted) = value(scope, member);
    let name = ident.to_string();
    let name = name.trim_start_matches("r#");
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
        TypeRef::Boxed(_) => {
            let outer = scope.outside("Box");
            let plain = match &node.ty {
                TypeRef::Boxed(id) => scope.ty(&TypeRef::Named(*id)),
                _ => inner,
            };
            (quote!(#plain), quote!(#outer::new(#ident)))
        }
        TypeRef::List(item) if scope.nullable(item) => (quote!(#inner), quote!(#ident)),
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

/// The attribute that says how a member is called on the wire, and how it is left out.
pub(super) fn serde(rename: Option<&str>, rest: &[TokenStream]) -> Option<TokenStream> {
    let rename = rename.map(|wire| quote!(rename = #wire));
    let parts: Vec<TokenStream> = rename.into_iter().chain(rest.iter().cloned()).collect();
    (!parts.is_empty()).then(|| quote!(#[serde(#(#parts),*)]))
}

/// What serde calls a member of this identifier.
pub(super) fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// A member's own doc, else its name on the wire.
pub(super) fn about(text: String, wire: &str) -> TokenStream {
    let doc = rust::doc(&text, INDENT);
    if doc.is_empty() { rust::doc(&format!("`{}`.", wire.replace('`', "'")), INDENT) } else { doc }
}

/// Whether camel case is what most of these names are on the wire: then the struct says it once.
pub(super) fn is_camel_case<'n>(names: impl Iterator<Item = (String, &'n str)>) -> bool {
    let (mut camel, mut same) = (0_usize, 0_usize);
    for (ident, wire) in names {
        let cased = camel_case(&ident);
        if cased != ident {
            camel += usize::from(cased == wire);
            same += usize::from(ident == wire);
        }
    }
    camel > 1 && camel > same
}

/// The name on the wire, unless it follows from the identifier.
pub(super) fn rename<'w>(ident: &str, wire: &'w str, all_camel_case: bool) -> Option<&'w str> {
    let derived = if all_camel_case { camel_case(ident) } else { ident.to_owned() };
    (derived != wire).then_some(wire)
}

/// As serde's `rename_all = "camelCase"` has it.
fn camel_case(ident: &str) -> String {
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
            assert_eq!(camel_case(ident), wire);
        }
        let names = |pairs: &[(&str, &'static str)]| {
            is_camel_case(pairs.iter().map(|(ident, wire)| ((*ident).to_owned(), *wire)))
        };
        assert!(names(&[("first_name", "firstName"), ("last_name", "lastName"), ("id", "id")]));
        assert!(!names(&[("first_name", "firstName"), ("id", "id")]));
        assert!(!names(&[("first_name", "first_name"), ("last_name", "last_name")]));
    }
}
