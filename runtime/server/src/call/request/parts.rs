//! Files in a launch form. Addresses the vendor fetches itself; what is given by content goes as parts
//! beside the form, which names each, and what is given by address then goes the same way.

use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};
use support::FilePart;
use upstream::Upstream;

use super::upload;
use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// Fetches what is given by address at these places of `arguments`; one that cannot be fetched is
/// left to the vendor.
pub(super) async fn fetch(
    outbound: Option<&Upstream>,
    arguments: &mut Value,
    places: &[String],
    limit: usize,
) {
    for place in places.iter().take(upload::FETCHED) {
        if let (Some(outbound), Some(value)) = (outbound, arguments.pointer_mut(place)) {
            upload::one(outbound, place, value, limit as u64, &mut Violations::default()).await;
        }
    }
}

/// Takes the files at these places out of `arguments`: each becomes a part, whose name stands there
/// as the member `part`. Files are named by what `arguments` of the caller begin with, `within`.
pub(super) fn take(
    arguments: &mut Value,
    places: &[String],
    (part, within): (&str, &str),
    limit: usize,
    violations: &mut Violations,
) -> Vec<(String, FilePart)> {
    let mut taken = Vec::new();
    for place in places {
        // An address that could not be fetched is no file.
        let Some(value) = arguments.pointer_mut(place) else { continue };
        let Ok(file) = FilePart::deserialize(&*value) else { continue };
        let place = place.strip_prefix(within).unwrap_or(place);
        let media = file.content_type.as_deref().unwrap_or("a/b");
        if file.content.len() > limit {
            let expected = format!("a file of at most {limit} bytes");
            violations.push(Violation::new(child(place, "content_base64"), expected));
        } else if !media.contains('/') || HeaderValue::from_str(media).is_err() {
            let expected = "a media type like application/pdf";
            violations.push(Violation::new(child(place, "content_type"), expected));
        }
        let name = format!("file{}", taken.len() + 1);
        *value = json!({ part: name });
        taken.push((name, file));
    }
    taken
}
