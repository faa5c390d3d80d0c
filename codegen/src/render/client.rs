//! `src/client.rs`: one method for each operation.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::rust::{self, Imports, Module};
use super::{builder, doc};
use crate::ir::{Api, Operation};
use crate::write::Artifact;

/// The longest doc of a method, in characters: one line.
const METHOD_DOC: usize = 100;
/// How far methods are indented.
const INDENT: usize = 4;

/// The method of an operation.
pub(super) fn method(operation: &Operation) -> Ident {
    rust::ident(&operation.method_ident)
}

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let title = doc::title(api);
    let mut module = Module::new(api, &format!("The typed client of {title}."));
    let mut imports = Imports::default();
    imports.add("std", "fmt");
    imports.add("std::sync", "Arc");
    imports.add("crate::support", "Transport");
    if !api.operations.is_empty() {
        imports.add("crate", "operations");
        imports.add("crate::support", "Outcome");
    }
    let signatures = || api.operations.iter().map(|operation| &operation.signature);
    if signatures().any(|signature| signature.pages.is_some()) {
        imports.add("crate::support", "page");
    }
    if signatures().any(|signature| signature.stream.is_some() || signature.other.is_some()) {
        imports.add("crate::support", "operation");
        imports.add("crate::support", "StreamingResponse");
        imports.add("crate::support", "Error");
        imports.add("crate::support", "Operation");
    }
    module.import(imports);
    let about = rust::doc(
        &format!("A client of {title}: every method takes the arguments of one operation."),
        0,
    );
    module.push(quote! {
        #about
        #[derive(Clone)]
        pub struct Client {
            transport: Arc<dyn Transport>,
        }
    });
    let methods = api.operations.iter().map(methods);
    module.push(quote! {
        impl Client {
            /// A client whose requests go through `transport`, which knows the origin and the
            /// credentials.
            #[must_use]
            pub fn new(transport: Arc<dyn Transport>) -> Self {
                Self { transport }
            }

            #(#methods)*
        }
    });
    module.push(builder::start());
    module.push(quote! {
        impl fmt::Debug for Client {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Client").finish_non_exhaustive()
            }
        }
    });
    Artifact::new("src/client.rs", module.print())
}

fn methods(operation: &Operation) -> TokenStream {
    let text = if operation.doc.trim().is_empty() { &operation.title } else { &operation.doc };
    let mut about = rust::doc(&doc::sentence(text, METHOD_DOC), INDENT);
    if about.is_empty() {
        about = rust::doc(&doc::request_line(operation), INDENT);
    }
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let (method, ident) = (method(operation), rust::ident(&operation.type_ident));
    let pages = operation.signature.pages.as_deref().map(rust::ident).map(|method| {
        quote! {
            /// The same, page by page, from the call given to the last page.
            #deprecated
            pub fn #method(&self, arguments: operations::#ident) -> page::Pages<'_, operations::#ident> {
                page::pages(&*self.transport, arguments)
            }
        }
    });
    let all = operation.signature.all.as_deref().map(rust::ident).map(|method| {
        quote! {
            /// The same, item by item across pages.
            #deprecated
            pub fn #method(&self, arguments: operations::#ident) -> page::Items<'_, operations::#ident> {
                page::all(&*self.transport, arguments)
            }
        }
    });
    let stream = operation.signature.stream.as_deref().map(rust::ident).map(|method| {
        quote! {
            /// The same, with the answer's body left to be read piece by piece.
            ///
            /// # Errors
            /// See [what may go wrong](crate::support::Error).
            #deprecated
            pub async fn #method(
                &self,
                arguments: &operations::#ident,
            ) -> Result<StreamingResponse, Error<<operations::#ident as Operation>::Failure>> {
                operation::stream(&*self.transport, arguments).await
            }
        }
    });
    let other = operation.signature.other.as_deref().map(rust::ident).map(|method| {
        quote! {
            /// The same in a media type of your choice, with the answer's body as it comes.
            ///
            /// # Errors
            /// See [what may go wrong](crate::support::Error).
            #deprecated
            pub async fn #method(
                &self,
                arguments: &operations::#ident,
                media_type: &str,
            ) -> Result<StreamingResponse, Error<<operations::#ident as Operation>::Failure>> {
                operation::stream_as(&*self.transport, arguments, media_type).await
            }
        }
    });
    quote! {
        #about
        ///
        /// # Errors
        /// See [what may go wrong](crate::support::Error).
        #deprecated
        pub async fn #method(&self, arguments: &operations::#ident) -> Outcome<operations::#ident> {
            crate::support::send(&*self.transport, arguments).await
        }
        #pages
        #all
        #stream
        #other
    }
}
