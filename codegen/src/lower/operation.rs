//! Operations.

use std::collections::BTreeMap;
use std::mem::Discriminant;

use http::Method;
use serde_json::{Map, Value, json};

use super::parameter::Lowered;
use super::path::Piece;
use super::schema::{Schemas, plain};
use super::server::{self, ServerUrl};
use super::{METHODS, answer, body, extension, parameter, path, read, security, tool};
use crate::ir::{self, Location, PathStyle, Segment, Signature, TypeRef};
use crate::names;
use crate::pointer::Trail;

/// The most operations of one document: twice as many as the largest known one has.
const MOST: usize = 50_000;
/// Members of an operation that are read with it; the others are read on their own.
const MEMBERS: [&str; 6] =
    ["tags", "summary", "description", "operationId", "deprecated", "externalDocs"];

/// The operations of a document in the making.
pub(super) struct Operations<'s, 'd> {
    schemas: &'s mut Schemas<'d>,
    place: &'s ServerUrl,
    /// Headers that are never arguments, in lower case.
    set_headers: Vec<String>,
    /// Other names of arguments.
    aliases: &'s [extension::Alias],
    done: Vec<(ir::Operation, extension::Operation)>,
    skipped: Vec<ir::Skipped>,
}

impl<'s, 'd> Operations<'s, 'd> {
    pub(super) fn new(
        schemas: &'s mut Schemas<'d>,
        place: &'s ServerUrl,
        settings: &'s extension::Document,
    ) -> Self {
        let mut set_headers =
            vec!["authorization".to_owned(), "accept".to_owned(), "content-type".to_owned()];
        set_headers.extend(
            settings
                .server_headers
                .iter()
                .chain(settings.constant_headers.keys())
                .chain(
                    settings.acting_user.iter().flat_map(|user| user.email.iter().chain(&user.id)),
                )
                .map(|name| name.to_ascii_lowercase()),
        );
        set_headers.extend(
            schemas.cx.section("securitySchemes").values().filter_map(|scheme| key_header(scheme)),
        );
        let aliases = &settings.aliases;
        Self { schemas, place, set_headers, aliases, done: Vec::new(), skipped: Vec::new() }
    }

    /// Lowers every operation, by path and method.
    pub(super) fn lower(&mut self) {
        let root = Trail::root();
        let trail = root.key("paths");
        let paths = self.schemas.cx.root.get("paths").and_then(Value::as_object);
        let sorted: BTreeMap<&'d String, &'d Value> = paths.into_iter().flatten().collect();
        for (key, item) in sorted {
            if key.starts_with("x-") {
                continue;
            }
            // What follows `#` only keeps equal routes apart.
            let route = key.split('#').next().unwrap_or(key);
            let trail = trail.key(key);
            for method in METHODS {
                let key = method.as_str().to_ascii_lowercase();
                let Some(value) = item.get(&key) else {
                    continue;
                };
                let trail = trail.key(&key);
                let operation = format!("{method} {route}");
                if let Err(reason) = self.operation(route, method, value, item, &trail) {
                    self.schemas.cx.fault(
                        "skipped-operation",
                        &trail,
                        format!("{operation} is left out: {reason}"),
                    );
                    self.skipped.push(ir::Skipped {
                        pointer: trail.to_string(),
                        operation,
                        reason,
                    });
                }
            }
        }
    }

    pub(super) fn finish(self) -> (Vec<ir::Operation>, Vec<ir::Skipped>) {
        let root = Trail::root();
        let extension = root.key(extension::NAME);
        let trail = extension.key("aliases");
        for number in 0..self.aliases.len() {
            if !self.done.iter().any(|(_, settings)| settings.of_all.contains(&number)) {
                let message = "no operation is at its path, or below it".to_owned();
                self.schemas.cx.fault("argument-alias", &trail.index(number), message);
            }
        }
        (tool::complete(self.done, self.aliases, &mut self.schemas.cx), self.skipped)
    }

    fn operation(
        &mut self,
        route: &str,
        method: Method,
        value: &'d Value,
        item: &'d Value,
        trail: &Trail<'_>,
    ) -> Result<(), String> {
        let map = value.as_object().ok_or("it is no object")?;
        if self.done.len() >= MOST {
            return Err(format!("there are more than {MOST} operations"));
        }
        let mut own: Map<String, Value> = MEMBERS
            .iter()
            .filter_map(|key| map.get(*key).map(|member| ((*key).to_owned(), member.clone())))
            .collect();
        own.insert("responses".to_owned(), json!({}));
        let read: openapiv3::Operation = read::parse(Value::Object(own))?;
        let mut settings: extension::Operation =
            extension::read(&mut self.schemas.cx, value, trail);
        settings.keep_searchable(&mut self.schemas.cx, &trail.key(extension::NAME));
        settings.of_all =
            (0..self.aliases.len()).filter(|number| self.aliases[*number].reaches(route)).collect();
        let id = read
            .operation_id
            .filter(|id| !id.trim().is_empty())
            .unwrap_or_else(|| format!("{} {route}", method.as_str().to_ascii_lowercase()));

        let security = security::requirements(&self.schemas.cx, value);
        let keys = security::keys(&self.schemas.cx, &security);
        let (mut parameters, mut constants) = self.parameters(value, item, &id, trail);
        parameters.retain(|parameter| match parameter.location {
            Location::Query(_) => {
                !keys.iter().any(|(place, name)| place == "query" && *name == parameter.wire)
            }
            Location::Cookie(_) => {
                !keys.iter().any(|(place, name)| place == "cookie" && *name == parameter.wire)
            }
            Location::Path(_) | Location::Header(_) => true,
        });
        let own = match (map.get("servers"), item.get("servers")) {
            (Some(servers), _) if servers.as_array().is_some_and(|servers| !servers.is_empty()) => {
                server::own(&mut self.schemas.cx, Some(servers), &trail.key("servers"), self.place)
            }
            (_, servers) => {
                server::own(&mut self.schemas.cx, servers, &trail.key("servers"), self.place)
            }
        };
        let full =
            format!("{}{route}", own.as_ref().map_or(&self.place.base_path, |own| &own.base_path));
        let segments = segments(&full, &mut parameters, &mut constants);
        let body = match map.get("requestBody") {
            Some(value) => body::request(self.schemas, value, &id, &trail.key("requestBody"))?,
            None => None,
        };
        let (success, failure) = answer::lower(
            self.schemas,
            map.get("responses"),
            &method,
            &id,
            &trail.key("responses"),
        );
        let (mut doc, detail) = read::paragraphs(read.description.as_deref().unwrap_or_default());
        let title = read::text(read.summary.as_deref().unwrap_or_default())
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if doc.is_empty() {
            doc.clone_from(&title);
        }
        let operation = ir::Operation {
            type_ident: String::new(),
            method_ident: String::new(),
            module: String::new(),
            pointer: trail.to_string(),
            method,
            path: full,
            origin: own.and_then(|own| own.origin),
            segments,
            title: if title.is_empty() { names::snake(&id).replace('_', " ") } else { title },
            doc,
            detail,
            tags: read.tags,
            deprecated: read.deprecated,
            parameters,
            constants,
            body,
            success,
            failure,
            security,
            tool: None,
            signature: Signature::default(),
            id,
        };
        self.done.push((operation, settings));
        Ok(())
    }

    /// The operation's parameters and those of its path item, without headers that are set
    /// elsewhere.
    fn parameters(
        &mut self,
        value: &'d Value,
        item: &'d Value,
        id: &str,
        trail: &Trail<'_>,
    ) -> (Vec<ir::Parameter>, Vec<ir::Constant>) {
        let (mut parameters, mut constants): (Vec<ir::Parameter>, Vec<ir::Constant>) =
            (Vec::new(), Vec::new());
        #[expect(clippy::disallowed_types, reason = "only asked whether it holds something")]
        let mut known = std::collections::HashSet::new();
        let of = |holder: &'d Value| {
            holder.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
        };
        let trail = trail.key("parameters");
        for (index, value) in of(value).iter().chain(of(item)).enumerate() {
            let trail = trail.index(index);
            match parameter::lower(self.schemas, value, id, &trail) {
                Ok(Lowered::Argument(parameter)) => {
                    let is_set = matches!(parameter.location, Location::Header(_))
                        && self.set_headers.contains(&parameter.wire.to_ascii_lowercase());
                    if is_set && parameter.wire.eq_ignore_ascii_case("authorization") {
                        self.schemas.cx.note(
                            "header-parameter",
                            &trail,
                            "left out: credentials are sent by `security`, never as an argument",
                        );
                    }
                    if !is_set && known.insert(identity(&parameter)) {
                        parameters.push(parameter);
                    }
                }
                Ok(Lowered::Constant(constant)) => constants.push(constant),
                Err(reason) => {
                    self.schemas.cx.fault(
                        "unreadable-parameter",
                        &trail,
                        format!("{reason}; left out"),
                    );
                }
            }
        }
        (parameters, constants)
    }
}

/// What makes a parameter the same as another: its place and its name, of headers in any case.
fn identity(parameter: &ir::Parameter) -> (Discriminant<Location>, String) {
    let is_header = matches!(parameter.location, Location::Header(_));
    let name = if is_header { parameter.wire.to_ascii_lowercase() } else { parameter.wire.clone() };
    (std::mem::discriminant(&parameter.location), name)
}

/// The header of an API key, in lower case.
fn key_header(scheme: &Value) -> Option<String> {
    let is_header =
        scheme.get("type")?.as_str()? == "apiKey" && scheme.get("in")?.as_str()? == "header";
    is_header
        .then(|| scheme.get("name").and_then(Value::as_str).map(str::to_ascii_lowercase))
        .flatten()
}

/// The template in parts; path parameters are put first, in its order, and constants become text.
fn segments(
    template: &str,
    parameters: &mut Vec<ir::Parameter>,
    constants: &mut Vec<ir::Constant>,
) -> Vec<Segment> {
    let mut in_path: Vec<ir::Parameter> = Vec::new();
    let mut rest = Vec::new();
    for parameter in parameters.drain(..) {
        if matches!(parameter.location, Location::Path(_)) {
            in_path.push(parameter);
        } else {
            rest.push(parameter);
        }
    }
    let mut ordered: Vec<ir::Parameter> = Vec::new();
    let mut segments: Vec<Segment> = Vec::new();
    for piece in path::pieces(template) {
        let fixed = match piece {
            Piece::Fixed(text) => text,
            Piece::Variable(name) => {
                let constant = constants.iter().find(|constant| {
                    constant.wire == name && matches!(constant.location, Location::Path(_))
                });
                if let Some(constant) = constant {
                    path::encode(
                        &constant
                            .value
                            .as_str()
                            .map_or_else(|| constant.value.to_string(), str::to_owned),
                    )
                } else {
                    let known = ordered.iter().position(|parameter| parameter.wire == name);
                    let index = known.unwrap_or_else(|| {
                        let declared = in_path
                            .iter()
                            .position(|parameter| parameter.wire == name)
                            .map(|at| in_path.remove(at));
                        ordered.push(declared.unwrap_or_else(|| undeclared(name)));
                        ordered.len() - 1
                    });
                    segments.push(Segment::Parameter(index));
                    continue;
                }
            }
        };
        match segments.last_mut() {
            Some(Segment::Literal(before)) => before.push_str(&fixed),
            _ => segments.push(Segment::Literal(fixed)),
        }
    }
    constants.retain(|constant| !matches!(constant.location, Location::Path(_)));
    ordered.extend(rest);
    *parameters = ordered;
    segments
}

fn undeclared(name: &str) -> ir::Parameter {
    ir::Parameter {
        wire: name.to_owned(),
        argument: String::new(),
        ident: String::new(),
        setter: String::new(),
        location: Location::Path(PathStyle::Simple),
        reserved: false,
        node: plain(TypeRef::String),
        stated: None,
        required: true,
        deprecated: false,
        named: None,
    }
}
