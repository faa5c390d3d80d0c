//! The call that a README and an example show: of an operation that needs little.

use proc_macro2::TokenStream;
use quote::quote;

use super::builder::{Way, ways};
use super::{client, rust};
use crate::ir::{Api, Operation, SchemeKind};

/// Where the document names no server.
const SOMEWHERE: &str = "https://api.example.com";

/// A call, in Rust.
pub(super) struct Example {
    /// The operation's struct.
    pub(super) operation: String,
    /// The statements that make a client and an answer.
    pub(super) calls: String,
    /// The statements that make a target and a request.
    pub(super) completes: String,
    /// Whether the operation needs credentials.
    pub(super) has_credentials: bool,
}

impl Example {
    /// The call to show for an API.
    pub(super) fn of(api: &Api) -> Option<Self> {
        let operation = &api.operations[api.shown?];
        let (ident, method) = (rust::ident(&operation.type_ident), client::method(operation));
        let has_server = operation.origin.is_some() || !api.origins.is_empty();
        let required = operation.parameters.iter().filter(|parameter| parameter.required);
        let values = required.map(|parameter| &parameter.wire);
        let arguments = quote!(#ident::new(#(#values),*));
        let credentials = credentials(api, operation);

        let (secret, setter) = secret(api, operation, credentials.as_ref()).unzip();
        let base_url = (!has_server).then(|| quote!(.base_url(#SOMEWHERE)));
        let calls = quote! {
            #secret
            let client = Client::builder() #base_url #setter .build()?;
            let answer = client.#method(&#arguments).await?;
        };
        let origin = (!has_server).then(|| quote!(.origin(#SOMEWHERE)));
        let authenticated = credentials.as_ref().map(|given| quote!(.credentials(#given)));
        let completes = quote! {
            let target = Target::new(&API) #origin #authenticated;
            let request = target.complete(#arguments.request()?)?;
        };
        Some(Self {
            operation: ident.to_string(),
            calls: rust::statements(calls),
            completes: rust::statements(completes),
            has_credentials: credentials.is_some(),
        })
    }
}

/// What satisfies the first requirement of a client that is ready to call: the statement that reads
/// it, and the setter that takes it. `by_scheme` is what satisfies several schemes at once.
fn secret(
    api: &Api,
    operation: &Operation,
    by_scheme: Option<&TokenStream>,
) -> Option<(TokenStream, TokenStream)> {
    let names = operation.security.iter().find(|all| !all.is_empty())?;
    let variable = |what: &str| {
        let slug = api.slug.to_ascii_uppercase().replace('-', "_");
        let name = format!("{slug}_{what}");
        quote!(std::env::var(#name)?)
    };
    let own = |name: &String| api.further_tokens.iter().any(|token| token.scheme == *name);
    let mut schemes = api.schemes.iter().filter(|scheme| names.contains(&scheme.name));
    let only = schemes.next().filter(|_| schemes.next().is_none() && !names.iter().any(own));
    Some(match only.and_then(|scheme| ways(&scheme.kind).first()) {
        Some(Way::BearerToken | Way::ClientCredentials) => {
            let token = variable("TOKEN");
            (quote!(let token = #token;), quote!(.bearer_token(token)))
        }
        Some(Way::ApiKey) => {
            let key = variable("API_KEY");
            (quote!(let key = #key;), quote!(.api_key(key)))
        }
        Some(Way::Basic) => {
            let (user, password) = (variable("USER"), variable("PASSWORD"));
            (quote!(let (user, password) = (#user, #password);), quote!(.basic(user, password)))
        }
        None => {
            let (module, by_scheme) = (rust::ident(&api.slug.replace('-', "_")), by_scheme?);
            (
                quote!(let credentials = #module::credentials::#by_scheme;),
                quote!(.credentials(credentials)),
            )
        }
    })
}

/// What satisfies the first requirement.
fn credentials(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let names = operation.security.iter().find(|all| !all.is_empty())?;
    let setters = api.schemes.iter().filter(|scheme| names.contains(&scheme.name)).map(|scheme| {
        let setter = rust::ident(&scheme.setter);
        if matches!(scheme.kind, SchemeKind::Basic) {
            quote!(.#setter("user", "password"))
        } else {
            quote!(.#setter("secret"))
        }
    });
    Some(quote!(Credentials::new() #(#setters)*))
}
