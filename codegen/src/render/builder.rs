//! `src/builder.rs`: the client that is ready to call, with the methods that the API admits.

use proc_macro2::TokenStream;
use quote::quote;

use super::doc;
use super::rust::{self, Imports, Module};
use crate::ir::{Api, SchemeKind};
use crate::write::Artifact;

/// The cargo feature that has it, here and in `support`.
pub(super) const FEATURE: &str = "reqwest";

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let title = doc::title(api);
    let mut module = Module::new(api, &format!("A client of {title} that is ready to call."));
    let mut imports = Imports::default();
    imports.add("std::time", "Duration");
    imports.add("crate", "API");
    imports.add("crate::client", "Client");
    for name in ["BuildError", "Builder", "Retries", "reqwest"] {
        imports.add("crate::support::client", name);
    }
    let credentials = credentials(api);
    if !api.schemes.is_empty() {
        imports.add("crate::credentials", "Credentials");
        imports.add("crate::support", "Secret");
    }
    module.import(imports);
    let about = rust::doc(&format!("A client of {title} in the making, over `reqwest`."), 0);
    module.push(quote! {
        #about
        #[derive(Debug, Clone)]
        #[must_use]
        pub struct ClientBuilder(Builder);
    });
    let acting_as = acting_as(api);
    let region = region(api);
    let base_url = if api.origins.is_empty() {
        "The scheme and host that calls go to: the document names none."
    } else {
        "Calls, and questions for tokens, go to this scheme and host instead of the document's \
         servers, whose base path stays."
    };
    let base_url = rust::doc(base_url, 4);
    module.push(quote! {
        impl ClientBuilder {
            pub(crate) fn new() -> Self {
                let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
                Self(Builder::new(&API, agent))
            }

            #credentials
            #acting_as
            #region

            #base_url
            pub fn base_url(self, url: impl Into<String>) -> Self {
                Self(self.0.base_url(url))
            }

            /// How long an attempt may take until the answer's head has arrived, and then each
            /// piece of its body; half a minute unless told otherwise.
            pub fn timeout(self, timeout: Duration) -> Self {
                Self(self.0.timeout(timeout))
            }

            /// What calls say in `User-Agent`.
            pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
                Self(self.0.user_agent(user_agent))
            }

            /// Makes calls again where that is safe and may help, as many times as said: see
            /// [`Retries`]. Without it every call is made once.
            pub fn retries(self, retries: impl Into<Retries>) -> Self {
                Self(self.0.retries(retries))
            }

            /// Calls over an HTTP client of one's own: its proxies, certificates and pool.
            pub fn with_client(self, client: reqwest::Client) -> Self {
                Self(self.0.with_client(client))
            }

            /// The client.
            ///
            /// # Errors
            /// See [`BuildError`]: what is missing, or not known to the API.
            pub fn build(self) -> Result<Client, BuildError> {
                self.0.build().map(Client::new)
            }
        }
    });
    Artifact::new("src/builder.rs", module.print())
}

/// Where a client begins.
pub(super) fn start() -> TokenStream {
    quote! {
        #[cfg(feature = #FEATURE)]
        impl Client {
            /// Begins a client that is ready to call, over `reqwest`.
            pub fn builder() -> crate::builder::ClientBuilder {
                crate::builder::ClientBuilder::new()
            }
        }
    }
}

/// How a caller says who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    BearerToken,
    Basic,
    ApiKey,
    ClientCredentials,
}

/// The ways that a scheme admits.
pub(super) fn ways(scheme: &SchemeKind) -> &'static [Way] {
    match scheme {
        SchemeKind::OAuth2 { token_url: Some(_), .. } => {
            &[Way::BearerToken, Way::ClientCredentials]
        }
        SchemeKind::Bearer
        | SchemeKind::Http(_)
        | SchemeKind::OAuth2 { .. }
        | SchemeKind::OpenIdConnect(_) => &[Way::BearerToken],
        SchemeKind::Basic => &[Way::Basic],
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            &[Way::ApiKey]
        }
    }
}

fn credentials(api: &Api) -> TokenStream {
    let admits = |way: Way| api.schemes.iter().any(|scheme| ways(&scheme.kind).contains(&way));
    let bearer_token = admits(Way::BearerToken).then(|| {
        quote! {
            /// A token, sent in `Authorization`.
            pub fn bearer_token(self, token: impl Into<Secret>) -> Self {
                Self(self.0.bearer_token(token))
            }
        }
    });
    let client_credentials = admits(Way::ClientCredentials).then(|| {
        quote! {
            /// An OAuth client that asks for its own tokens (RFC 6749 section 4.4), before the
            /// first call, before one ends, and once where the API refuses one.
            pub fn client_credentials(self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
                Self(self.0.client_credentials(id, secret))
            }

            /// The scopes that [`client_credentials`](Self::client_credentials) asks for; without
            /// them the API grants what it does by default.
            pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
                Self(self.0.scopes(scopes))
            }
        }
    });
    let basic = admits(Way::Basic).then(|| {
        quote! {
            /// A user's name and password.
            pub fn basic(self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
                Self(self.0.basic(username, password))
            }
        }
    });
    let api_key = admits(Way::ApiKey).then(|| {
        quote! {
            /// A key, sent where the API wants it.
            pub fn api_key(self, key: impl Into<Secret>) -> Self {
                Self(self.0.api_key(key))
            }
        }
    });
    let by_scheme = (!api.schemes.is_empty()).then(|| {
        quote! {
            /// Credentials scheme by scheme.
            pub fn credentials(self, credentials: Credentials) -> Self {
                Self(self.0.credentials(credentials))
            }
        }
    });
    quote!(#bearer_token #client_credentials #basic #api_key #by_scheme)
}

fn acting_as(api: &Api) -> Option<TokenStream> {
    let headers = api.acting_user.as_ref()?;
    let how = match (&headers.email, &headers.id) {
        (Some(_), Some(_)) => "by e-mail address or id",
        (Some(_), None) => "by e-mail address",
        (None, _) => "by id",
    };
    let about = rust::doc(&format!("The person on whose behalf calls are made, {how}."), 4);
    Some(quote! {
        #about
        pub fn acting_as(self, user: impl Into<String>) -> Self {
            Self(self.0.acting_as(user))
        }
    })
}

fn region(api: &Api) -> Option<TokenStream> {
    let [first, others @ ..] = api.origins.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    let others: Vec<_> =
        others.iter().map(|origin| doc::code(&doc::clean(&origin.region))).collect();
    let about = format!(
        "The region whose servers are called: {} unless told otherwise, or {}.",
        doc::code(&doc::clean(&first.region)),
        others.join(", ")
    );
    let about = rust::doc(&about, 4);
    Some(quote! {
        #about
        pub fn region(self, region: impl Into<String>) -> Self {
            Self(self.0.region(region))
        }
    })
}
