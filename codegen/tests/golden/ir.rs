//! An API that uses every construct once.

mod operations;
mod types;

use codegen::ir::{
    ActingUserHeaders, Api, ExampleCall, FurtherToken, Node, Origin, Preset, Scheme, SchemeKind,
    TypeRef,
};
use codegen::passes;

/// The API.
pub(crate) fn api() -> Api {
    let scheme = |name: &str, ident: &str, kind| Scheme {
        name: name.to_owned(),
        ident: ident.to_owned(),
        setter: ident.to_owned(),
        doc: String::new(),
        kind,
    };
    let mut api = Api {
        file: "constructs.yaml".to_owned(),
        slug: "constructs".to_owned(),
        title: "Constructs".to_owned(),
        version: "1".to_owned(),
        doc: "Every construct once.\n\n[Link](https://example.com) and <b>HTML</b>.".to_owned(),
        instructions: "For tests.".to_owned(),
        origins: vec![Origin { region: String::new(), url: "https://api.example.com".to_owned() }],
        base_path: String::new(),
        schemes: vec![
            scheme("basicAuth", "basic_auth", SchemeKind::Basic),
            scheme("key", "key", SchemeKind::ApiKeyHeader("X-Key".to_owned())),
            scheme(
                "oauth2",
                "oauth2",
                SchemeKind::OAuth2 {
                    authorization_url: None,
                    token_url: Some("https://example.com/token".to_owned()),
                    scopes: vec!["read".to_owned()],
                },
            ),
        ],
        constant_headers: vec![("X-Version".to_owned(), "1.1".to_owned())],
        acting_user: Some(ActingUserHeaders { email: Some("x-as-user".to_owned()), id: None }),
        further_tokens: vec![FurtherToken {
            member: "second_token".to_owned(),
            scheme: "key".to_owned(),
        }],
        environment: vec![("SECOND_KEY".to_owned(), "second_token".to_owned())],
        synonyms: vec!["order purchase".to_owned()],
        proper_nouns: "shop".to_owned(),
        shown: None,
        stated: None,
        example: Some(ExampleCall {
            question: "Which \"things\" are there?".to_owned(),
            tool: "list_all_constructs_things".into(),
            arguments: [("limit".to_owned(), 2.into())].into(),
        }),
        types: types::all(),
        alternatives: std::collections::BTreeMap::new(),
        operations: operations::all(),
        status_enums: Vec::new(),
        skipped: Vec::new(),
        budget: None,
        launch: None,
        value_kinds: None,
        presets: vec![Preset {
            key: "look_around".to_owned(),
            title: "Look \"around\"".to_owned(),
            description: "See which things there are.".to_owned(),
            methods: Some(vec!["read".to_owned(), "delete".to_owned()]),
            tags: None,
            allow: Some(vec!["list_all_constructs_things".to_owned()]),
            deny: None,
        }],
        prompts: Vec::new(),
    };
    passes::sign(&mut api);
    api
}

/// A use of a type.
pub(crate) fn node(ty: TypeRef) -> Node {
    Node { ty, nullable: false, doc: String::new(), constraints: Box::default() }
}

/// The same with a description.
pub(crate) fn said(ty: TypeRef, doc: &str) -> Node {
    Node { doc: doc.to_owned(), ..node(ty) }
}

/// The same, or null.
pub(crate) fn nullable(ty: TypeRef) -> Node {
    Node { nullable: true, ..node(ty) }
}

/// A list.
pub(crate) fn list(ty: TypeRef) -> TypeRef {
    TypeRef::List(Box::new(node(ty)))
}

/// Anything.
pub(crate) fn any() -> TypeRef {
    TypeRef::Untyped("no type".to_owned())
}
