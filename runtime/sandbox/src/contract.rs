//! The request judge: holds what arrives against the authored documents, with a JSON Schema
//! validator of its own.

mod decode;
mod schema;

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde_json::{Map, Value};

use crate::incoming::Incoming;
use crate::media;
use crate::multipart;
use crate::options::SpecJudge;
use crate::reply::Reply;

use self::schema::{Check, Side};

/// Both documents, ready to judge.
pub(crate) struct Contract {
    operations: Vec<Operation>,
    /// Why a document could not be read.
    broken: Vec<String>,
}

struct Operation {
    method: Method,
    path: String,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    #[cfg(test)]
    answers: Vec<(String, Option<Check>)>,
}

struct Parameter {
    name: String,
    location: ParameterLocation,
    required: bool,
    shape: decode::ParameterShape,
    check: Check,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ParameterLocation {
    Path,
    Query,
    Header,
}

struct Body {
    required: bool,
    media: Vec<(String, Check)>,
}

/// Judges made in this process: reading a document takes far longer than a request.
static MADE: Mutex<Vec<(SpecJudge, Arc<Contract>)>> = Mutex::new(Vec::new());
const MOST_MADE: usize = 4;

impl Contract {
    /// The judge for these documents, made once.
    pub(crate) fn shared(documents: &SpecJudge) -> Arc<Self> {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, judge)) = made.iter().find(|(known, _)| known == documents) {
            return Arc::clone(judge);
        }
        let judge = Arc::new(Self::new(documents));
        made.truncate(MOST_MADE - 1);
        made.push((documents.clone(), Arc::clone(&judge)));
        judge
    }

    fn new(documents: &SpecJudge) -> Self {
        let mut judge = Self { operations: Vec::new(), broken: Vec::new() };
        for (name, text) in [("ironclad", &documents.ironclad), ("torii", &documents.torii)] {
            match serde_yaml::from_str::<Value>(text) {
                Ok(document) => judge.operations.extend(operations(&document)),
                Err(error) => {
                    judge.broken.push(format!("the {name} document cannot be read: {error}"));
                }
            }
        }
        judge
    }

    /// Everything that is wrong with a request.
    pub(crate) fn violations(&self, incoming: &Incoming<'_>) -> Vec<String> {
        let mut faults = self.broken.clone();
        let Some((operation, params)) = self.find(incoming.method, incoming.path) else {
            faults.push(format!("no operation {} {}", incoming.method, incoming.path));
            return faults;
        };
        for (name, text) in &params {
            if let Some(parameter) = operation.parameter(ParameterLocation::Path, name) {
                parameter.judge(&[text], &mut faults);
            }
        }
        operation.judge_query(&incoming.query(), &mut faults);
        for parameter in operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == ParameterLocation::Header)
        {
            if let Some(value) =
                incoming.parts.headers.get(&parameter.name).and_then(|value| value.to_str().ok())
            {
                parameter.judge(&[value], &mut faults);
            }
        }
        operation.judge_body(incoming, &mut faults);
        faults
    }

    fn find(&self, method: &Method, path: &str) -> Option<(&Operation, Vec<(String, String)>)> {
        let fits = self.operations.iter().filter(|operation| operation.method == *method);
        let mut found: Vec<(&Operation, Vec<(String, String)>)> = fits
            .filter_map(|operation| {
                Some((operation, decode::path_parameters(&operation.path, path)?))
            })
            .collect();
        found.sort_by_key(|(_, params)| params.len());
        found.into_iter().next()
    }
}

/// The answer to a request that the judge objects to.
pub(crate) fn refusal(faults: &[String]) -> Reply {
    Reply::status(
        400,
        serde_json::json!({
            "code": "SPEC_VIOLATION", "statusCode": 400, "error": "spec_violation",
            "message": format!("the request departs from the API document: {}", faults.join("; ")), "violations": faults,
        }),
    )
}

impl Operation {
    fn parameter(&self, location: ParameterLocation, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.location == location && parameter.name == name)
    }

    fn judge_query(&self, given: &[(String, String)], faults: &mut Vec<String>) {
        let open = self
            .parameters
            .iter()
            .any(|parameter| parameter.shape == decode::ParameterShape::OpenObject);
        for (name, _) in given {
            if self.parameter(ParameterLocation::Query, name).is_none() && !open {
                faults.push(format!("query parameter '{name}' is not declared"));
            }
        }
        for parameter in self
            .parameters
            .iter()
            .filter(|parameter| parameter.location == ParameterLocation::Query)
        {
            let texts: Vec<&str> = given
                .iter()
                .filter(|(name, _)| *name == parameter.name)
                .map(|(_, text)| text.as_str())
                .collect();
            if !texts.is_empty() {
                parameter.judge(&texts, faults);
            } else if parameter.required {
                faults.push(format!("query parameter '{}' is required", parameter.name));
            }
        }
    }

    fn judge_body(&self, incoming: &Incoming<'_>, faults: &mut Vec<String>) {
        let Some(body) = &self.body else {
            if !incoming.body.is_empty() {
                faults.push("the operation takes no body".into());
            }
            return;
        };
        if incoming.body.is_empty() {
            if body.required {
                faults.push("the body is required".into());
            }
            return;
        }
        let header = incoming
            .parts
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let media = media::essence(header);
        let Some((_, check)) = body.media.iter().find(|(declared, _)| *declared == media) else {
            faults.push(format!("media type '{media}' is not declared for the body"));
            return;
        };
        match media.as_str() {
            "multipart/form-data" => match multipart::read(incoming.body, header) {
                Ok(form) => {
                    faults.extend(check.form_faults(&decode::form_object(&form, check.schema())));
                }
                Err(reason) => faults.push(reason),
            },
            "application/x-www-form-urlencoded" => {
                let pairs = url::form_urlencoded::parse(incoming.body);
                let object: Map<String, Value> = pairs
                    .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
                    .collect();
                faults.extend(check.faults(&Value::Object(object), "body"));
            }
            _ => match serde_json::from_slice(incoming.body) {
                Ok(value) => faults.extend(check.faults(&value, "body")),
                Err(error) => faults.push(format!("the body is not JSON: {error}")),
            },
        }
    }
}

impl Parameter {
    fn judge(&self, texts: &[&str], faults: &mut Vec<String>) {
        let value = self.shape.decode(texts);
        faults.extend(self.check.faults(&value, &format!("parameter '{}'", self.name)));
    }
}

/// Reads the operations of a document.
fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let shared = item["parameters"].as_array().cloned().unwrap_or_default();
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            let own = operation["parameters"].as_array().cloned().unwrap_or_default();
            let parameters = shared
                .iter()
                .chain(&own)
                .filter_map(|node| parameter(document, schema::follow(document, node)))
                .collect();
            let body = operation
                .get("requestBody")
                .map(|node| body(document, schema::follow(document, node)));
            operations.push(Operation {
                method: method.to_ascii_uppercase().parse().unwrap_or(Method::GET),
                path: path.clone(),
                parameters,
                body,
                #[cfg(test)]
                answers: answers(document, &operation["responses"]),
            });
        }
    }
    operations
}

fn parameter(document: &Value, node: &Value) -> Option<Parameter> {
    let location = match node["in"].as_str()? {
        "path" => ParameterLocation::Path,
        "query" => ParameterLocation::Query,
        "header" => ParameterLocation::Header,
        _ => return None,
    };
    let in_content = node["content"].as_object().and_then(|content| content.values().next());
    let declared = in_content.map_or(&node["schema"], |media| &media["schema"]);
    let plain = schema::plain(document, declared, Side::Request);
    let shape = if in_content.is_some() {
        decode::ParameterShape::Json
    } else {
        decode::ParameterShape::of(&plain, node["explode"].as_bool().unwrap_or(true))
    };
    Some(Parameter {
        name: node["name"].as_str()?.to_owned(),
        location,
        required: node["required"] == true,
        shape,
        check: Check::new(plain),
    })
}

fn body(document: &Value, node: &Value) -> Body {
    let media = node["content"].as_object().into_iter().flatten();
    Body {
        required: node["required"] == true,
        media: media
            .map(|(media, content)| {
                (
                    media.to_ascii_lowercase(),
                    Check::new(schema::plain(document, &content["schema"], Side::Request)),
                )
            })
            .collect(),
    }
}

#[cfg(test)]
fn answers(document: &Value, responses: &Value) -> Vec<(String, Option<Check>)> {
    let responses = responses.as_object().into_iter().flatten();
    responses
        .map(|(status, node)| {
            let node = schema::follow(document, node);
            let json = node["content"].get("application/json").map(|content| &content["schema"]);
            (
                status.clone(),
                json.map(|node| Check::new(schema::plain(document, node, Side::Answer))),
            )
        })
        .collect()
}

#[cfg(test)]
impl Contract {
    /// The operations of both documents.
    pub(crate) fn operation_names(&self) -> Vec<(String, String)> {
        self.operations
            .iter()
            .map(|operation| (operation.method.to_string(), operation.path.clone()))
            .collect()
    }

    /// The members that the JSON body of an operation may have.
    pub(crate) fn body_members(&self, method: &str, path: &str) -> Vec<String> {
        let Some((operation, _)) = method.parse().ok().and_then(|method| self.find(&method, path))
        else {
            return Vec::new();
        };
        let checks =
            operation.body.iter().flat_map(|body| &body.media).map(|(_, check)| check.schema());
        let branches = checks.flat_map(|schema| {
            std::iter::once(schema).chain(schema["oneOf"].as_array().into_iter().flatten())
        });
        branches
            .filter_map(|schema| schema["properties"].as_object())
            .flat_map(|members| members.keys().cloned())
            .collect()
    }

    /// The template of the operation that a path leads to.
    pub(crate) fn template(&self, method: &str, path: &str) -> Option<String> {
        self.find(&method.parse().ok()?, path).map(|(operation, _)| operation.path.clone())
    }

    /// What is wrong with an answer.
    pub(crate) fn answer_faults(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<String> {
        let method: Method = method.parse().unwrap_or(Method::GET);
        let Some((operation, _)) = self.find(&method, path) else {
            return vec![format!("no operation {method} {path}")];
        };
        let group = format!("{}XX", status / 100);
        let exact = status.to_string();
        let declared = [exact.as_str(), group.as_str(), "default"].into_iter().find_map(|wanted| {
            operation.answers.iter().find(|(status, _)| status.eq_ignore_ascii_case(wanted))
        });
        match (declared, body) {
            (None, _) => vec![format!("status {status} is not declared")],
            (Some((_, Some(check))), Some(body)) => check.faults(body, "answer"),
            (Some((_, Some(_))), None) => {
                vec![format!("status {status} declares JSON, but none came")]
            }
            (Some((_, None)), Some(_)) => vec![format!("status {status} declares no JSON")],
            (Some((_, None)), None) => Vec::new(),
        }
    }
}
