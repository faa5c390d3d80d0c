//! What callers in Rust see of operations: what their answers decode to, which methods the client
//! has for them, how their lists go on.

mod paging;
mod response_types;

use std::collections::BTreeSet;

use crate::ir::{Api, Signature};
use response_types::ResponseTypes;

/// Completes every operation's [`Signature`].
pub(super) fn assign(api: &mut Api) {
    let mut response_types = ResponseTypes::new(api);
    let mut methods: BTreeSet<String> = api
        .operations
        .iter()
        .map(|operation| operation.method_ident.trim_start_matches("r#").to_owned())
        .collect();
    let mut signatures = Vec::with_capacity(api.operations.len());
    for operation in &api.operations {
        let success = response_types.success(operation);
        let failure = response_types.failure(operation);
        let paging = paging::of(api, operation);
        let plain = operation.method_ident.trim_start_matches("r#");
        let mut method = |suffix: &str, wanted: bool| {
            let name = format!("{plain}_{suffix}");
            (wanted && methods.insert(name.clone())).then_some(name)
        };
        signatures.push(Signature {
            accept: response_types.accept(&success, &operation.success),
            pages: method("pages", paging.is_some()),
            all: method("all", paging.is_some()),
            stream: method("stream", response_types.streams(&success)),
            other: method("as", operation.answers_in_several()),
            success,
            failure,
            paging,
        });
    }
    api.status_enums = response_types.enums;
    for (operation, signature) in api.operations.iter_mut().zip(signatures) {
        operation.signature = signature;
    }
}
