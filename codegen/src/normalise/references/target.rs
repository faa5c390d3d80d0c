//! Where a reference points, and moving that into the components if it is not there.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::super::grammar::{self, ObjectKind, REFERENCE, Stand};
use super::Wanted;
use crate::load::FILES;
use crate::pointer;

/// Most references that are followed to get to one place.
const MAX_HOPS: usize = 64;
/// Longest name made for a component.
const LONGEST_NAME: usize = 120;

/// Looks references up and remembers the names that are taken.
pub(super) struct Targets {
    taken: BTreeMap<&'static str, BTreeSet<String>>,
    numbers: BTreeMap<String, usize>,
    /// Where schemas stand that are named by `$anchor` and `$id`.
    named: BTreeMap<String, Vec<String>>,
}

/// Canonical form, and the pointer of what was moved to get there.
pub(super) type Found = (String, Option<String>);

impl Targets {
    pub(super) fn new(root: &Value) -> Self {
        let mut taken = BTreeMap::new();
        for kind in [
            ObjectKind::Schema,
            ObjectKind::Response,
            ObjectKind::Parameter,
            ObjectKind::Example,
            ObjectKind::RequestBody,
            ObjectKind::Header,
            ObjectKind::SecurityScheme,
        ] {
            if let Some(section) = grammar::section(kind) {
                let names = root["components"][section]
                    .as_object()
                    .into_iter()
                    .flat_map(Map::keys)
                    .cloned()
                    .collect();
                taken.insert(section, names);
            }
        }
        let mut named = BTreeMap::new();
        name(root, &mut Vec::new(), &mut named);
        Self { taken, numbers: BTreeMap::new(), named }
    }

    /// The canonical form of a reference; what it points at is a component afterwards.
    pub(super) fn look_up(&mut self, root: &mut Value, wanted: &Wanted) -> Result<Found, String> {
        let (kind, text, layout) = wanted;
        let Some(section) = grammar::section(*kind) else {
            return Err(format!("nothing may be referred to here, but `{text}` is"));
        };
        if let Some((of, name)) = pointer::component(text)
            && of == section
            && self.has(section, &name)
        {
            return Ok((canonical(section, &name), None));
        }
        let mut place = self.place(root, text, section, layout.as_deref())?;
        let mut hops = 0;
        // A place that only refers on is passed through, unless it is a component itself.
        while !is_component(&place, section)
            && let Some(onward) = grammar::reference(at(root, &place)?)
        {
            hops += 1;
            if hops > MAX_HOPS {
                return Err(format!("`{text}` leads round in a circle"));
            }
            let onward = onward.to_owned();
            place = self.place(root, &onward, section, layout.as_deref())?;
        }
        if is_component(&place, section) {
            return Ok((canonical(section, &place[2]), None));
        }
        match grammar::stand(&place) {
            Stand::Free => {}
            Stand::Object(found) if found == *kind => {}
            Stand::Object(_) | Stand::Member => {
                return Err(format!("`{text}` is not one of the {section}, which belong here"));
            }
        }
        if !matches!(at(root, &place)?, Value::Object(_) | Value::Bool(_)) || place.is_empty() {
            return Err(format!("`{text}` points at what is no object"));
        }
        self.hoist(root, &place, section)
    }

    fn has(&self, section: &str, name: &str) -> bool {
        self.taken.get(section).is_some_and(|names| names.contains(name))
    }

    /// The tokens of the place a reference means, other references on the way followed.
    fn place(
        &self,
        root: &Value,
        text: &str,
        section: &str,
        layout: Option<&str>,
    ) -> Result<Vec<String>, String> {
        if let Some(place) = self.by_name(root, text) {
            return Ok(place);
        }
        let Some(fragment) = text.strip_prefix('#') else {
            return self.elsewhere(text, section);
        };
        let mut hops = 0;
        let tokens = decode(fragment);
        if let Some(place) = locate(root, &tokens, &mut hops) {
            return Ok(place);
        }
        // `#/$defs/X` inside of a component is meant locally; `#/definitions/X` is a leftover.
        if let [first, name] = tokens.as_slice()
            && matches!(first.as_str(), "$defs" | "definitions")
        {
            if let Some(layout) = layout {
                let local = ["components", "schemas", layout, first, name].map(str::to_owned);
                if let Some(place) = locate(root, &local, &mut hops) {
                    return Ok(place);
                }
            }
            if self.has(section, name) {
                return Ok(vec!["components".to_owned(), section.to_owned(), name.clone()]);
            }
        }
        if hops > MAX_HOPS {
            return Err(format!("`{text}` leads round in a circle"));
        }
        Err(format!("`{text}` points at nothing"))
    }

    /// The place of a schema that is referred to by its `$anchor` or `$id`, perhaps with a way down
    /// from there.
    fn by_name(&self, root: &Value, text: &str) -> Option<Vec<String>> {
        let (id, fragment) = text.split_once('#').unwrap_or((text, ""));
        if id.is_empty() {
            return self.named.get(text).cloned();
        }
        // An id may be written from where the other one stands.
        let relative = format!("/{}", id.trim_start_matches(['.', '/']));
        let place = self.named.get(id).or_else(|| {
            let mut ending = self.named.iter().filter(|(name, _)| name.ends_with(&relative));
            ending.next().filter(|_| ending.next().is_none()).map(|(_, place)| place)
        })?;
        match fragment {
            "" => Some(place.clone()),
            pointer if pointer.starts_with('/') => {
                let tokens: Vec<String> = place.iter().cloned().chain(decode(pointer)).collect();
                locate(root, &tokens, &mut 0)
            }
            anchor => self.named.get(&format!("#{anchor}")).cloned(),
        }
    }

    /// A reference that does not start with `#`: a bare component name, or another document.
    fn elsewhere(&self, text: &str, section: &str) -> Result<Vec<String>, String> {
        if self.has(section, text) {
            return Ok(["components", section, text].map(str::to_owned).to_vec());
        }
        if text.contains("://") {
            return Err(format!(
                "`{text}` points into the network, and only references within the document are followed: bundle it first, for example with `npx @redocly/cli bundle`"
            ));
        }
        if text.contains(['/', '.'])
            && text.split_once('#').is_some_and(|(_, to)| !to.is_empty() && !to.starts_with('/'))
        {
            return Err(format!(
                "`{text}` points at a name in another file, and only JSON pointers into files are followed: write `#/` and the way there"
            ));
        }
        if text.contains(['/', '.']) {
            return Err(format!(
                "`{text}` points into another file, which is not there: only files in the document's folder are read; others are bundled first, for example with `npx @redocly/cli bundle`"
            ));
        }
        Err(format!("`{text}` points at nothing"))
    }

    /// Moves what stands at a place into the components and leaves a reference there.
    fn hoist(
        &mut self,
        root: &mut Value,
        place: &[String],
        section: &'static str,
    ) -> Result<Found, String> {
        let wish = wished_name(place);
        // A component that only refers to this place is this place.
        let standing =
            root["components"][section].get(&wish).and_then(grammar::reference).map(str::to_owned);
        let stands = standing.is_some_and(|text| {
            self.place(root, &text, section, None).is_ok_and(|found| found == place)
        });
        let name = if stands { wish } else { self.free_name(wish, section) };
        let reference = canonical(section, &name);
        let node = at_mut(root, place)
            .ok_or_else(|| format!("`{}` points at nothing", place.join("/")))?;
        let value = std::mem::replace(node, json!({ REFERENCE: reference }));
        let components = root
            .as_object_mut()
            .and_then(|root| root.get_mut("components"))
            .and_then(Value::as_object_mut);
        let Some(components) = components else {
            return Err("there is no `components` object".to_owned());
        };
        let members = components.entry(section).or_insert_with(|| Value::Object(Map::new()));
        if let Some(members) = members.as_object_mut() {
            members.insert(name.clone(), value);
        }
        self.taken.entry(section).or_default().insert(name);
        let moved = reference.trim_start_matches('#').to_owned();
        Ok((reference, Some(moved)))
    }

    /// The name, or the first free one that begins with it.
    fn free_name(&mut self, name: String, section: &str) -> String {
        let mut free = name.clone();
        let mut number = self.numbers.get(&name).copied().unwrap_or(1);
        while self.has(section, &free) {
            number += 1;
            free = format!("{name}{number}");
        }
        self.numbers.insert(name, number);
        free
    }
}

/// A name that says where the component came from.
fn wished_name(place: &[String]) -> String {
    const NOISE: [&str; 11] = [
        "components",
        "schemas",
        "paths",
        "properties",
        "content",
        "schema",
        "responses",
        "definitions",
        "$defs",
        "parameters",
        "requestBody",
    ];
    let mut name = String::new();
    // What stands in another file is called by its place there, a whole file by the file's name.
    let stem;
    let place = match place {
        [files, file] if files == FILES => {
            stem = [file
                .rsplit('/')
                .next()
                .and_then(|last| last.split('.').next())
                .unwrap_or(file)
                .to_owned()];
            &stem
        }
        [files, _, rest @ ..] if files == FILES => rest,
        place => place,
    };
    for token in place {
        if NOISE.contains(&token.as_str()) || token.contains("/json") {
            continue;
        }
        for word in token.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut letters = word.chars();
            if let Some(first) = letters.next() {
                name.push(first.to_ascii_uppercase());
                name.push_str(letters.as_str());
            }
        }
    }
    if name.is_empty() {
        name.push_str("Shared");
    }
    name.truncate(LONGEST_NAME);
    name
}

/// Finds what has a name of its own: ids as they are written, anchors behind a `#`. The first of a
/// name counts.
fn name(value: &Value, place: &mut Vec<String>, named: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(map) => {
            let says =
                |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            for found in
                [says("$anchor").map(|anchor| format!("#{anchor}")), says("$id").map(str::to_owned)]
                    .into_iter()
                    .flatten()
            {
                named.entry(found).or_insert_with(|| place.clone());
            }
            for (key, value) in map {
                if !matches!(key.as_str(), "example" | "examples" | "default" | "enum" | "const")
                    && !grammar::is_extension(key)
                {
                    place.push(key.clone());
                    name(value, place, named);
                    place.pop();
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                place.push(index.to_string());
                name(value, place, named);
                place.pop();
            }
        }
        _ => {}
    }
}

fn canonical(section: &str, name: &str) -> String {
    format!("#/components/{section}/{}", pointer::escape(name))
}

fn is_component(place: &[String], section: &str) -> bool {
    matches!(place, [components, of, _] if components == "components" && of == section)
}

/// The tokens of a fragment, which may be percent-encoded besides being escaped.
fn decode(fragment: &str) -> Vec<String> {
    fragment
        .split('/')
        .skip(1)
        .map(|token| {
            let decoded = percent_decode_str(token).decode_utf8_lossy();
            pointer::unescape(&decoded).into_owned()
        })
        .collect()
}

/// Follows tokens down from the root, and references on the way.
fn locate(root: &Value, tokens: &[String], hops: &mut usize) -> Option<Vec<String>> {
    let mut place: Vec<String> = Vec::new();
    let mut node = root;
    for token in tokens {
        // What stands beside a reference (such as `$defs`) is meant before what it refers to.
        while pointer::child(node, token).is_none()
            && let Some(text) = grammar::reference(node)
        {
            *hops += 1;
            if *hops > MAX_HOPS {
                return None;
            }
            let onward = decode(text.strip_prefix('#')?);
            place = locate(root, &onward, hops)?;
            node = at(root, &place).ok()?;
        }
        node = pointer::child(node, token)?;
        place.push(token.clone());
    }
    Some(place)
}

fn at<'v>(root: &'v Value, place: &[String]) -> Result<&'v Value, String> {
    place
        .iter()
        .try_fold(root, |node, token| pointer::child(node, token))
        .ok_or_else(|| format!("`#/{}` points at nothing", place.join("/")))
}

fn at_mut<'v>(root: &'v mut Value, place: &[String]) -> Option<&'v mut Value> {
    place.iter().try_fold(root, |node, token| match node {
        Value::Object(map) => map.get_mut(token),
        Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
        _ => None,
    })
}
