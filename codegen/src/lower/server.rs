//! Servers → origins and the base path.

use openapiv3::Server;
use serde_json::Value;

use super::Context;
use crate::ir::Origin;
use crate::names;
use crate::pointer::Trail;

/// Most origins that one server's variables may span.
const MOST_REGIONS: usize = 64;

/// Where the API is.
pub(super) struct Place {
    pub(super) origins: Vec<Origin>,
    pub(super) base_path: String,
}

/// Reads the document's servers. The first one gives the base path; those with another one are left out.
pub(super) fn place(cx: &mut Context<'_>) -> Place {
    let root = Trail::root();
    let trail = root.key("servers");
    let mut found: Vec<(Origin, String)> = Vec::new();
    let servers = cx.root.get("servers").and_then(Value::as_array);
    for (index, value) in servers.into_iter().flatten().enumerate() {
        let trail = trail.index(index);
        let Some(server) = cx.object::<Server>(value, &["url", "description", "variables"], &trail) else {
            continue;
        };
        for (region, url) in expand(&server) {
            let (origin, path) = split(&url);
            let region = if region.is_empty() { names::snake(server.description.as_deref().unwrap_or_default()) } else { region };
            found.push((Origin { region, url: origin.to_owned() }, path.trim_end_matches('/').to_owned()));
        }
    }
    let base_path = found.first().map(|(_, path)| path.clone()).unwrap_or_default();
    let mut origins: Vec<Origin> = Vec::new();
    for (mut origin, path) in found {
        if path != base_path {
            cx.note("server", &trail, format!("`{}{path}` has another base path than the first server; left out", origin.url));
            continue;
        }
        if origin.url.is_empty() || origins.iter().any(|other| other.url == origin.url) {
            continue;
        }
        if origin.region.is_empty() || origin.region.len() > 24 {
            origin.region = host_word(&origin.url);
        }
        if origins.iter().any(|other| other.region == origin.region) {
            origin.region = names::snake(origin.url.split_once("//").map_or("", |(_, host)| host));
        }
        origins.push(origin);
    }
    if let [only] = origins.as_mut_slice() {
        only.region.clear();
    }
    Place { origins, base_path }
}

/// The URLs of a server: a variable with several values in the host spans regions, any other takes its default.
fn expand(server: &Server) -> Vec<(String, String)> {
    let variables = server.variables.iter().flatten();
    let mut urls = vec![(String::new(), server.url.trim().to_owned())];
    for (name, variable) in variables {
        let mark = format!("{{{name}}}");
        let (host, _) = split(&server.url);
        let mut values = vec![variable.default.clone()];
        if host.contains(&mark) {
            values.extend(variable.enumeration.iter().filter(|value| **value != variable.default).cloned());
        }
        let spans = values.len() > 1 && urls.len() * values.len() <= MOST_REGIONS;
        let values = if spans { &values[..] } else { &values[..1] };
        urls = urls
            .iter()
            .flat_map(|(region, url)| {
                let mark = &mark;
                values.iter().map(move |value| {
                    let region = match (spans, region.is_empty()) {
                        (true, true) => names::snake(value),
                        (true, false) => format!("{region}_{}", names::snake(value)),
                        (false, _) => region.clone(),
                    };
                    (region, url.replace(mark.as_str(), value))
                })
            })
            .collect();
    }
    urls
}

/// Origin and path of a URL; a relative one has no origin.
fn split(url: &str) -> (&str, &str) {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.find("://") {
        Some(at) => {
            let end = url[at + 3..].find('/').map_or(url.len(), |slash| at + 3 + slash);
            url.split_at(end)
        }
        None if url.starts_with('/') => ("", url),
        None => ("", ""),
    }
}

/// The first word of a host, for want of a name.
fn host_word(url: &str) -> String {
    let host = url.split_once("//").map_or(url, |(_, host)| host);
    names::snake(host.split(['.', ':']).next().unwrap_or_default())
}
