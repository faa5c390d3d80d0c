//! No vendor's name stands where any API is served.

use super::{files, root};

/// Where vendors have their names: rooms of their own, and the list of the APIs on board.
const OF_VENDORS: [&str; 3] =
    ["runtime/server/src/vendors/", "runtime/server/src/vendors.rs", "runtime/server/src/apis.rs"];
/// What is kept as it was once: databases of an old schema.
const KEPT: &str = "runtime/server/tests/databases/";

#[test]
fn vendors_are_named_in_their_rooms_only() {
    let specs = std::fs::read_dir(root().join("specs")).unwrap();
    let vendors: Vec<String> =
        specs.map(|entry| entry.unwrap().file_name().to_string_lossy().to_lowercase()).collect();
    assert!(vendors.len() >= 2, "{vendors:?}");
    let mut found = Vec::new();
    for room in ["runtime/server", "runtime/upstream", "runtime/support"] {
        for (path, text) in files(room, &[".rs", ".txt", ".json", ".sql", ".html"]) {
            if OF_VENDORS.iter().any(|own| path.starts_with(own)) || path.starts_with(KEPT) {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let lower = line.to_lowercase();
                if vendors.iter().any(|vendor| lower.contains(vendor)) {
                    found.push(format!("{path}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "what a vendor has of its own belongs to specs/ or vendors/:\n{}",
        found.join("\n")
    );
}
