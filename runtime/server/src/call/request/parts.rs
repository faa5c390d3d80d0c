//! Files in a launch form. Addresses the vendor fetches itself; what is given by content goes as parts
//! beside the form, which names each, and what is given by address then goes the same way.

use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};
use support::FilePart;
use upstream::Upstream;

use super::{files, upload};
use crate::pointer::child;
use crate::violation::{Violation, Violations};
use crate::work;

/// How many times the size of one file all of a launch may have together.
const TOGETHER: usize = 4;

/// A file that was taken out of the arguments.
pub(super) struct Taken {
    place: String,
    /// The part that it goes in.
    pub(super) name: String,
    pub(super) file: FilePart,
}

/// Takes the contents of files out of the arguments, where there are any: of those too that stand at
/// `places` by address. One that cannot be fetched here is left to the vendor.
pub(super) async fn take(
    outbound: Option<&Upstream>,
    arguments: &mut Map<String, Value>,
    places: Vec<String>,
    limit: usize,
    violations: &mut Violations,
) -> Vec<Taken> {
    let mut found = files::places(arguments);
    if found.is_empty() {
        return Vec::new();
    }
    let by_address = places.into_iter().filter(|place| !found.contains(place));
    let by_address: Vec<String> = by_address.take(upload::FETCHED).collect();
    let mut root = Value::Object(std::mem::take(arguments));
    for place in &by_address {
        if let (Some(outbound), Some(value)) = (outbound, root.pointer_mut(place)) {
            upload::one(outbound, place, value, limit as u64, &mut Violations::default()).await;
        }
    }
    found.extend(by_address);
    let taking = move || {
        let mut violations = Violations::default();
        let taken = contents(&mut root, found, limit, &mut violations);
        (root, taken, violations)
    };
    let (root, taken, wrong) = work::over(work::LITTLE + 1, taking).await;
    if let Value::Object(members) = root {
        *arguments = members;
    }
    violations.append(wrong);
    taken
}

/// Takes the contents out of the files at these places.
fn contents(
    root: &mut Value,
    places: Vec<String>,
    limit: usize,
    violations: &mut Violations,
) -> Vec<Taken> {
    let (mut taken, mut left) = (Vec::new(), limit.saturating_mul(TOGETHER));
    for place in places {
        // An address that could not be fetched is no file.
        let Some(value) = root.pointer_mut(&place) else { continue };
        let Ok(file) = FilePart::deserialize(&*value) else { continue };
        let most = limit.min(left);
        if file.content.len() > most {
            let all = limit.saturating_mul(TOGETHER);
            let expected = format!("at most {most} bytes here, {all} in all files of a launch");
            violations.push(Violation::new(child(&place, "content_base64"), expected));
        } else if !is_sendable(&file) {
            let expected = "a media type like application/pdf";
            violations.push(Violation::new(child(&place, "content_type"), expected));
        } else {
            left -= file.content.len();
            value["content_base64"] = String::new().into();
            let name = format!("file{}", taken.len() + 1);
            taken.push(Taken { place, name, file });
        }
    }
    taken
}

fn is_sendable(file: &FilePart) -> bool {
    file.content_type
        .as_ref()
        .is_none_or(|media| media.contains('/') && HeaderValue::from_str(media).is_ok())
}

/// Puts the name of its part, as the member `part`, where each file was.
pub(super) fn refer(arguments: &mut Map<String, Value>, taken: &[Taken], part: &str) {
    let mut root = Value::Object(std::mem::take(arguments));
    for Taken { place, name, .. } in taken {
        if let Some(value) = root.pointer_mut(place) {
            *value = Map::from_iter([(part.to_owned(), name.clone().into())]).into();
        }
    }
    if let Value::Object(members) = root {
        *arguments = members;
    }
}
