//! Types may be called like anything a document calls its schemas, single letters included.

support::string_enum! {
    /// A text.
    pub enum A { One = "one" }
}

support::objects! {
    /// Holds itself and the others.
    pub struct D: Default {
        pub a: Option<A> = "a",
        pub d: Option<Box<D>> = "d",
    }
    /// An object.
    pub struct S: Default {
        pub d: Option<D> = "d",
    }
}

support::shaped_unions! {
    /// A text or an object.
    pub enum E { Text(A) = Type("string"), Object(S) = Any, }
}

#[test]
fn single_letters_are_names_like_any_other() {
    let text = r#"{"d":{"a":"one","d":{"a":"two"}}}"#;
    let read: S = serde_json::from_str(text).expect("an object");
    assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    assert_eq!(serde_json::to_string(&E::Object(read)).expect("JSON"), text);
}
