//! `src/credentials.rs`: a typed setter for each security scheme.

use quote::quote;

use crate::ir::{Api, Scheme, SchemeKind};
use crate::write::Artifact;

use super::doc;
use super::rust::{self, Imports, Module};

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let title = doc::title(api);
    let mut module = Module::new(api, &format!("What {title} wants to know who calls."));
    let mut imports = Imports::default();
    imports.add("crate", "support");
    module.import(imports);
    let about = rust::doc(&format!("Credentials of {title}, scheme by scheme."), 0);
    module.push(quote! {
        #about
        #[derive(Debug, Clone, Default)]
        pub struct Credentials(support::Credentials);
    });
    let setters = api.schemes.iter().map(setter);
    module.push(quote! {
        impl Credentials {
            /// No credentials yet.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
            #(#setters)*
        }
    });
    module.push(quote! {
        impl From<Credentials> for support::Credentials {
            fn from(credentials: Credentials) -> Self {
                credentials.0
            }
        }
    });
    Artifact::new("src/credentials.rs", module.print())
}

fn setter(scheme: &Scheme) -> proc_macro2::TokenStream {
    let name = &scheme.name;
    let ident = rust::ident(&scheme.setter);
    let (what, basic) = match &scheme.kind {
        SchemeKind::Bearer => ("a bearer token".to_owned(), false),
        SchemeKind::Basic => ("user and password".to_owned(), true),
        SchemeKind::Http(kind) => (format!("what follows `{kind}` in `Authorization`"), false),
        SchemeKind::ApiKeyHeader(header) => {
            (format!("the key sent in the header `{header}`"), false)
        }
        SchemeKind::ApiKeyQuery(parameter) => {
            (format!("the key sent in the query as `{parameter}`"), false)
        }
        SchemeKind::ApiKeyCookie(cookie) => {
            (format!("the key sent in the cookie `{cookie}`"), false)
        }
        SchemeKind::OAuth2 { .. } => ("an OAuth 2 access token".to_owned(), false),
        SchemeKind::OpenIdConnect(_) => ("an OpenID Connect access token".to_owned(), false),
    };
    let doc = doc::clean(&format!(" For {}: {what}.", doc::code(name)));
    if basic {
        quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #ident(self, username: impl Into<String>, password: impl Into<support::Secret>) -> Self {
                let credential = support::Credential::Basic { username: username.into(), password: password.into() };
                Self(self.0.with(#name, credential))
            }
        }
    } else {
        quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #ident(self, token: impl Into<support::Secret>) -> Self {
                Self(self.0.with(#name, support::Credential::Token(token.into())))
            }
        }
    }
}
