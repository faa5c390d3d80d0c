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
pub(super) struct ServerUrl {
    pub(super) origins: Vec<Origin>,
    pub(super) base_path: String,
}

/// A server of an operation's own.
pub(super) struct Own {
    /// Scheme, host and port, where they are not those of a server of the document.
    pub(super) origin: Option<String>,
    pub(super) base_path: String,
}

/// Reads the document's servers. The first one gives the base path; those with another one are left
/// out.
pub(super) fn place(cx: &mut Context<'_>) -> ServerUrl {
    let root = Trail::root();
    let trail = root.key("servers");
    let found = read(cx, cx.root.get("servers"), &trail);
    let base_path = found.first().map(|(_, _, path)| path.clone()).unwrap_or_default();
    let mut origins: Vec<Origin> = Vec::new();
    for (index, mut origin, path) in found {
        if path != base_path {
            cx.note(
                "server-base-path",
                &trail.index(index),
                format!(
                    "`{}{path}` has another base path than the first server; left out",
                    origin.url
                ),
            );
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
    ServerUrl { origins, base_path }
}

/// Reads the servers of an operation or a path: the first one counts.
pub(super) fn own<'d>(
    cx: &mut Context<'d>,
    servers: Option<&'d Value>,
    trail: &Trail<'_>,
    place: &ServerUrl,
) -> Option<Own> {
    let mut found = read(cx, servers, trail).into_iter();
    let (_, first, base_path) = found.next()?;
    let is_known = |origin: &Origin| {
        origin.url.is_empty() || place.origins.iter().any(|known| known.url == origin.url)
    };
    for (index, other, path) in found {
        if path == base_path && is_known(&other) && is_known(&first) {
            continue;
        }
        cx.note(
            "further-server",
            &trail.index(index),
            format!("`{}{path}` is not the first server of its operation; left out", other.url),
        );
    }
    let origin = if is_known(&first) { None } else { Some(first.url) };
    Some(Own { origin, base_path })
}

/// The origins and base paths of a list of servers, each with its number.
fn read<'d>(
    cx: &mut Context<'d>,
    servers: Option<&'d Value>,
    trail: &Trail<'_>,
) -> Vec<(usize, Origin, String)> {
    let mut found: Vec<(usize, Origin, String)> = Vec::new();
    for (index, value) in servers.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let trail = trail.index(index);
        let Some(server) = cx.object::<Server>(value, &["url", "description", "variables"], &trail)
        else {
            continue;
        };
        let (urls, fixed) = expand(&server);
        for (name, value) in fixed {
            let trail = trail.key("variables");
            let message = format!("always `{value}`, the default; its other values are left out");
            cx.note("server-default", &trail.key(name), message);
        }
        for (region, url) in urls {
            let (mut origin, path) = split(&url);
            if origin.contains(['{', '}', ' ']) {
                cx.note(
                    "server-variable",
                    &trail,
                    format!("`{origin}` is no origin until its variables are known; left out"),
                );
                origin.clear();
            }
            let region = if region.is_empty() {
                names::snake(server.description.as_deref().unwrap_or_default())
            } else {
                region
            };
            found.push((
                index,
                Origin { region, url: origin },
                path.trim_end_matches('/').to_owned(),
            ));
        }
    }
    found
}

/// URLs, each with the region that it is for.
type Urls = Vec<(String, String)>;

/// The URLs of a server: a variable with several values in the host spans regions, any other takes
/// its default. Also the variables that have other values which are not used, with the one that is.
fn expand(server: &Server) -> (Urls, Vec<(&str, &str)>) {
    let mut fixed = Vec::new();
    let variables = server.variables.iter().flatten();
    let mut urls = vec![(String::new(), server.url.trim().to_owned())];
    for (name, variable) in variables {
        let mark = format!("{{{name}}}");
        let host = server
            .url
            .split_once("://")
            .map_or(server.url.as_str(), |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        let others = variable.enumeration.iter().filter(|value| **value != variable.default);
        let mut values = vec![variable.default.clone()];
        values.extend(others.cloned());
        let several = values.len() > 1;
        let spans = several && host.contains(&mark) && urls.len() * values.len() <= MOST_REGIONS;
        if several && !spans && server.url.contains(&mark) {
            fixed.push((name.as_str(), variable.default.as_str()));
        }
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
    (urls, fixed)
}

/// Origin and path of a URL; a relative one has no origin.
fn split(url: &str) -> (String, String) {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        // Without a scheme, but with a host.
        None => match url.strip_prefix("//") {
            Some(rest) => ("https", rest),
            None if is_host(url.split('/').next().unwrap_or(url)) => ("https", url),
            None => {
                return (
                    String::new(),
                    format!("/{}", url.trim_start_matches("./").trim_start_matches('/')),
                );
            }
        },
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (format!("{}://{host}", scheme.to_ascii_lowercase()), path.to_owned())
}

/// Whether the first segment of a URL without a scheme is rather a host: `api.example.com`,
/// `localhost:8080`.
fn is_host(segment: &str) -> bool {
    let (name, port) =
        segment.split_once(':').map_or((segment, None), |(name, port)| (name, Some(port)));
    let numbered = port
        .is_some_and(|port| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()));
    let dotted = name.split('.').count() > 1 && name.split('.').all(|label| !label.is_empty());
    let worded = name
        .rsplit('.')
        .next()
        .is_some_and(|top| top.len() > 1 && top.bytes().all(|letter| letter.is_ascii_alphabetic()));
    numbered || (dotted && worded)
}

/// The first word of a host, for want of a name.
fn host_word(url: &str) -> String {
    let host = url.split_once("//").map_or(url, |(_, host)| host);
    names::snake(host.split(['.', ':']).next().unwrap_or_default())
}
