use proptest::prelude::*;

use super::*;

#[test]
fn tables_are_sorted() {
    assert!(RESERVED_TYPES.is_sorted());
    for verb in ["accept", "run", "save", "write", "cancel", "remind", "download", "upload"] {
        assert!(is_verb(verb), "{verb}");
    }
    assert!(!is_verb("users"));
}

#[test]
fn names_of_types() {
    let cases = [
        ("user", "User"),
        ("user_id", "UserId"),
        ("HTTPServer", "HttpServer"),
        ("v1.0", "V10"),
        ("2fa", "N2fa"),
        ("", "Empty"),
        ("_", "Underscore"),
        ("-1", "Minus1"),
        ("+1", "Plus1"),
        (">=", "Ge"),
        ("a>=b", "AGeB"),
        ("-created_at", "MinusCreatedAt"),
        ("created-at", "CreatedAt"),
        ("$ref", "Ref"),
        ("@type", "Type"),
        ("*", "Star"),
        ("50%", "N50Percent"),
        ("c++", "CPlusPlus"),
        ("Straße", "Strasse"),
        ("Ünïcödé", "Unicode"),
        ("日本", "RiBen"),
        ("👍", "Plus1"),
        ("🎉 party", "TadaParty"),
        ("Self", "Self"),
        ("application/json; charset=utf-8", "ApplicationJsonCharsetEqUtf8"),
        ("urn:ietf:params:scim:schemas:core:2.0:User", "UrnIetfParamsScimSchemasCore20User"),
        ("   ", "Blank"),
    ];
    for (text, name) in cases {
        assert_eq!(pascal(text), name, "{text:?}");
    }
}

#[test]
fn names_of_fields() {
    let cases = [
        ("createdAt", "created_at"),
        ("created-at", "created_at"),
        ("filter[name]", "filter_name"),
        ("X-Request-ID", "x_request_id"),
        ("3d", "n3d"),
        ("type", "r#type"),
        ("self", "self_"),
        ("crate", "crate_"),
        ("gen", "r#gen"),
        ("", "empty"),
        ("<", "lt"),
    ];
    for (text, name) in cases {
        assert_eq!(escape(&snake(text)), name, "{text:?}");
    }
}

#[test]
fn symbols_are_spelled_out_where_names_would_be_equal() {
    let mut taken = NameAllocator::default();
    let mut take =
        |wire: &str| taken.allocate([pascal(wire).as_str(), &pascal_with(wire, Symbols::All)], "");
    assert_eq!(take("name"), "Name");
    assert_eq!(take("$name"), "DollarName");
    assert_eq!(take("@name"), "AtName");
    assert_eq!(take("NAME"), "Name2");
    assert_eq!(take("v1"), "V1");
    assert_eq!(take("V1"), "V1_2");
}

#[test]
fn too_long_names_keep_their_ends() {
    let name = snake(&"one two three four five six seven eight nine ten ".repeat(9));
    assert!(
        name.len() <= 64 && name.starts_with("one_two") && name.ends_with("nine_ten"),
        "{name}"
    );
    assert!(pascal(&"x".repeat(5_000)).len() <= 64);
}

#[test]
fn slugs_are_short_and_plain() {
    assert_eq!(slug("The Swagger Petstore API"), "swagger_petstore");
    assert_eq!(slug("api"), "api");
    assert_eq!(slug("🙂"), "slight_smile");
    assert!(slug(&"very ".repeat(40)).len() <= 24);
}

#[test]
fn english_endings() {
    for (many, one) in [
        ("users", "user"),
        ("companies", "company"),
        ("statuses", "status"),
        ("boxes", "box"),
        ("addresses", "address"),
        ("people", "person"),
    ] {
        assert_eq!(singular(many), one);
        assert_eq!(plural(one), many);
    }
    for word in ["status", "news", "analysis", "access", "bus", "as", "is"] {
        assert_eq!(singular(word), word);
    }
    assert_eq!(singular_phrase("listUsers Response"), "listUsers Response item");
    assert_eq!(singular_phrase("user groups"), "user group");
    assert_eq!(singular_phrase("userGroups"), "userGroup");
    assert_eq!(singular_phrase("ids"), "id");
}

fn is_identifier(name: &str) -> bool {
    let plain = name.strip_prefix("r#").unwrap_or(name);
    plain.chars().next().is_some_and(|c| c.is_ascii_alphabetic())
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && syn::parse_str::<syn::Ident>(name).is_ok()
}

proptest! {
    #[test]
    fn anything_becomes_an_identifier(text in ".{0,80}") {
        for symbols in [Symbols::Telling, Symbols::All] {
            let (snake, pascal) = (escape(&snake_with(&text, symbols)), escape(&pascal_with(&text, symbols)));
            prop_assert!(is_identifier(&snake), "{text:?} → {snake}");
            prop_assert!(is_identifier(&pascal), "{text:?} → {pascal}");
            prop_assert!(snake.len() <= 72 && pascal.len() <= 72);
        }
        prop_assert!(slug(&text).len() <= 25);
    }

    #[test]
    fn nothing_is_given_twice(texts in proptest::collection::vec("[aA1_+$-]{0,4}", 1..60)) {
        let mut taken = NameAllocator::default();
        let mut given = std::collections::BTreeSet::new();
        for text in &texts {
            prop_assert!(given.insert(taken.allocate([pascal(text).as_str(), &pascal_with(text, Symbols::All)], "")));
        }
    }

    #[test]
    fn words_survive_singular_and_plural(word in "[a-z]{1,12}") {
        prop_assert!(!singular(&word).is_empty());
        prop_assert!(!plural(&word).is_empty());
        prop_assert!(!singular_phrase(&word).is_empty());
    }
}
