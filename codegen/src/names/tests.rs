use super::*;

#[test]
fn tables_are_sorted() {
    assert!(RESERVED_TYPES.is_sorted());
    for verb in ["accept", "run", "save", "write", "cancel", "remind", "download", "upload"] {
        assert!(is_verb(verb), "{verb}");
    }
    assert!(!is_verb("users"));
}
