//! The body's object as arguments: its members stand beside the parameters, under their names as
//! arguments, and whatever it says of its members is said of those.

use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};

use super::close;
use super::expand::Schema;
use crate::ir::inputs::Inputs;
use crate::ir::{BodyArguments, RequestBody};

/// A body among arguments.
pub(super) struct Lifted {
    /// What is said of its members.
    pub(super) schema: Schema,
    /// Whether members that are not declared belong to the body.
    pub(super) open: bool,
}

/// Lifts a body's object to where its members are arguments.
pub(super) fn lift(
    mut whole: Value,
    body: &RequestBody,
    inputs: &Inputs<'_>,
    note: &mut dyn FnMut(&'static str, &'static str),
) -> Lifted {
    let BodyArguments::Members { names, constants, open, .. } = &body.arguments else {
        return Lifted { schema: Schema::new(), open: false };
    };
    let beside: Vec<String> = inputs
        .given
        .iter()
        .filter(|input| !input.in_body)
        .map(|input| input.name.to_owned())
        .chain(inputs.own().map(str::to_owned))
        .collect();
    let fixed = inputs.given.iter().filter(|input| !input.in_body && input.required).count();
    let always = fixed == beside.len();
    let mut lift = Lift { names, constants, beside: &beside, fixed, always, uncounted: false };
    lift.schema(&mut whole);
    if lift.uncounted {
        note(
            "member-count",
            "`minProperties` and `maxProperties` are not checked where arguments stand beside the members",
        );
    }
    let closes = close::close(&mut whole);
    let Value::Object(mut schema) = whole else {
        return Lifted { schema: Schema::new(), open: *open };
    };
    // Everything that is declared anywhere is declared here: closing need not look further.
    if schema.get("unevaluatedProperties") == Some(&Value::Bool(false)) {
        schema.shift_remove("unevaluatedProperties");
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    hoist(&mut schema);
    if !body.required {
        schema = unless_absent(schema);
    }
    Lifted { schema, open: *open && !closes }
}

struct Lift<'l> {
    names: &'l IndexMap<String, String>,
    /// Members that the server fills in.
    constants: &'l [(String, Value)],
    /// Arguments that are no members of the body.
    beside: &'l [String],
    /// How many of them are always there, and whether all are.
    fixed: usize,
    always: bool,
    uncounted: bool,
}

impl Lift<'_> {
    fn name(&self, wire: &str) -> String {
        self.names.get(wire).cloned().unwrap_or_else(|| wire.to_owned())
    }

    fn schema(&mut self, schema: &mut Value) {
        let Value::Object(map) = schema else { return };
        for key in ["properties", "dependentSchemas", "dependentRequired"] {
            if let Some(Value::Object(members)) = map.get_mut(key) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(wire, member)| (self.name(&wire), member))
                    .collect();
            }
        }
        if let Some(Value::Object(lists)) = map.get_mut("dependentRequired") {
            lists.values_mut().for_each(|list| self.required(list));
        }
        if let Some(list) = map.get_mut("required") {
            self.required(list);
            if list.as_array().is_some_and(Vec::is_empty) {
                map.shift_remove("required");
            }
        }
        let judges_all = ["additionalProperties", "unevaluatedProperties", "patternProperties"];
        if judges_all.iter().any(|key| map.contains_key(*key)) {
            close::admit(map, self.beside.iter());
        }
        if let Some(names) = map.get_mut("propertyNames").filter(|_| !self.beside.is_empty()) {
            *names = json!({"anyOf": [names.take(), {"enum": self.beside}]});
        }
        for key in ["minProperties", "maxProperties"] {
            match map.get(key).and_then(Value::as_u64) {
                Some(count) if self.always => {
                    map.insert(key.to_owned(), (count + self.fixed as u64).into());
                }
                Some(_) => {
                    map.shift_remove(key);
                    self.uncounted = true;
                }
                None => {}
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
                self.schema(part);
            }
        }
        for key in ["not", "if", "then", "else"] {
            if let Some(part) = map.get_mut(key) {
                self.schema(part);
            }
        }
        if let Some(Value::Object(parts)) = map.get_mut("dependentSchemas") {
            parts.values_mut().for_each(|part| self.schema(part));
        }
    }

    fn required(&self, names: &mut Value) {
        if let Value::Array(names) = names {
            names.retain(|name| !self.constants.iter().any(|(wire, _)| name == wire.as_str()));
            for name in names {
                if let Some(wire) = name.as_str() {
                    *name = self.name(wire).into();
                }
            }
        }
    }
}

/// Says at the outside what parts and alternatives say of members: which are declared, as any of
/// what they are, and which are required in any case.
fn hoist(schema: &mut Schema) {
    let whole = Value::Object(std::mem::take(schema));
    let mut inner: IndexMap<String, Vec<Value>> = IndexMap::new();
    for part in close::beside(&whole) {
        collect(part, &mut inner);
    }
    let demanded: Vec<String> = demanded(&whole).into_iter().collect();
    if let Value::Object(whole) = whole {
        *schema = whole;
    }
    if !demanded.is_empty() {
        schema.insert("required".to_owned(), demanded.into());
    }
    let members = schema.entry("properties").or_insert_with(|| json!({}));
    let Value::Object(members) = members else { return };
    for (name, mut said) in inner {
        if members.contains_key(&name) {
            continue;
        }
        let one = match values(&said) {
            _ if said.len() == 1 => said.remove(0),
            Some(values) => values,
            None => json!({ "anyOf": said }),
        };
        members.insert(name, one);
    }
}

/// The members that are required whatever alternative holds, in the order in which they are said.
fn demanded(schema: &Value) -> IndexSet<String> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut all: IndexSet<String> = names.filter_map(Value::as_str).map(str::to_owned).collect();
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        all.extend(demanded(part));
    }
    for keyword in ["anyOf", "oneOf"] {
        let branches = schema.get(keyword).and_then(Value::as_array);
        let mut each = branches.into_iter().flatten().map(demanded);
        if let Some(first) = each.next() {
            all.extend(each.fold(first, |common, other| &common & &other));
        }
    }
    all
}

/// The values that several enums of one type list, as one enum.
fn values(said: &[Value]) -> Option<Value> {
    let kind = said.first()?.get("type");
    let plain = said.iter().all(|schema| {
        schema.get("type") == kind
            && schema.as_object().is_some_and(|map| {
                map.keys().all(|key| matches!(key.as_str(), "type" | "enum" | "description"))
            })
    });
    let lists: Option<Vec<&Vec<Value>>> =
        said.iter().map(|schema| schema.get("enum")?.as_array()).collect();
    let mut all: Vec<&Value> = Vec::new();
    for value in lists.filter(|_| plain)?.into_iter().flatten() {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Some(json!({"type": kind?, "enum": all}))
}

fn collect(schema: &Value, into: &mut IndexMap<String, Vec<Value>>) {
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        let said = into.entry(name.clone()).or_default();
        // What is only let through is judged elsewhere.
        if !said.contains(member) && *member != Value::Bool(true) {
            said.push(member.clone());
        }
    }
    for part in close::beside(schema) {
        collect(part, into);
    }
    into.retain(|_, said| !said.is_empty());
}

/// A body that may be left out demands its members only where one of them is given.
fn unless_absent(mut schema: Schema) -> Schema {
    const DEMANDS: [&str; 9] =
        ["required", "allOf", "anyOf", "oneOf", "not", "minProperties", "if", "then", "else"];
    let demands: Schema =
        DEMANDS.iter().filter_map(|key| schema.shift_remove_entry(*key)).collect();
    if demands.is_empty() {
        return schema;
    }
    let members = schema.get("properties").and_then(Value::as_object);
    let given: Vec<Value> = members
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .map(|name| json!({"required": [name]}))
        .collect();
    if !given.is_empty() {
        schema.insert("if".to_owned(), json!({ "anyOf": given }));
        schema.insert("then".to_owned(), demands.into());
    }
    schema
}
