//! The form of a tool: its arguments, and what only the tenant knows of them, as fields; and what was
//! typed into them as the arguments of a call.

use serde_json::{Map, Value};

use super::faults::Fault;
use super::field::{Field, Kind, parsed};
use crate::pages::exposure::counted;
use crate::pages::form::Form;
use crate::pointer::child;
use crate::tools::ServedTool;

/// How many optional fields stand open beside each other; more than that are folded.
const OPEN: usize = 6;
/// About how much all fields of a page may take together, in bytes.
pub(super) const ROOM: usize = 36_000;
/// The field that takes all arguments as JSON.
pub(super) const WHOLE: &str = "arguments";

/// Which fields these are; where their values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The tool's own arguments.
    Tool,
    /// Fields that the tenant itself defines, beside them.
    Tenant,
    /// The launch form of a template, in an argument of its own.
    Template(&'static str),
}

impl Of {
    /// What the names of its fields begin with.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Tool => "arg",
            Self::Tenant => "own",
            Self::Template(_) => "form",
        }
    }

    /// The pointer of a field's value in the arguments.
    fn pointer(self, name: &str) -> String {
        match self {
            Self::Tool | Self::Tenant => child("", name),
            Self::Template(values) => child(&child("", values), name),
        }
    }
}

/// Fields that belong together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) of: Of,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) fields: Vec<Field>,
    /// Those for which the page has no room, as JSON in one field.
    pub(super) rest: Option<Field>,
    /// How many of the first fields are not folded.
    pub(super) open: usize,
}

impl Group {
    pub(super) fn new(of: Of, title: &str, hint: String, fields: Vec<Field>) -> Self {
        Self { of, title: title.to_owned(), hint, fields, rest: None, open: 0 }
    }

    /// The fields that are not folded.
    pub(super) fn first(&self) -> &[Field] {
        self.fields.get(..self.open).unwrap_or_default()
    }

    /// Those that are.
    pub(super) fn folded(&self) -> &[Field] {
        self.fields.get(self.open..).unwrap_or_default()
    }

    /// How many are folded, in words.
    pub(super) fn more(&self) -> String {
        let count = self.folded().len() + usize::from(self.rest.is_some());
        match self.of {
            Of::Tool => counted(count, "more argument", "more arguments"),
            Of::Tenant | Of::Template(_) => counted(count, "more field", "more fields"),
        }
    }

    /// Whether what is folded has to be seen.
    pub(super) fn is_unfolded(&self) -> bool {
        let told = |field: &Field| field.is_filled() || field.error.is_some();
        self.folded().iter().chain(&self.rest).any(told)
    }

    /// What is required comes first; what has no place on the page is given as JSON.
    fn arrange(&mut self, room: &mut usize, ids: &mut usize) {
        self.fields.sort_by_key(|field| !field.required);
        let fits = |field: &&Field| {
            let left = room.checked_sub(field.size());
            *room = left.unwrap_or_default();
            left.is_some()
        };
        let shown = self.fields.iter().take_while(fits).count();
        let left = self.fields.split_off(shown);
        if !left.is_empty() {
            let names: Vec<&str> = left.iter().take(40).map(|field| field.name.as_str()).collect();
            let count = counted(left.len(), "further field", "further fields");
            let help = format!("{count}, by name: {}", names.join(", "));
            let mut rest = Field::typed_as("rest", self.of.key(), Kind::Json, &help, false);
            "JSON: an object with a member for each".clone_into(&mut rest.takes);
            self.rest = Some(rest);
        }
        for field in self.fields.iter_mut().chain(&mut self.rest) {
            field.id = format!("f{ids}");
            *ids += 1;
        }
        let required = self.fields.iter().filter(|field| field.required).count();
        let optional = self.fields.len() - required;
        self.open = if optional <= OPEN { self.fields.len() } else { required.max(3) };
    }
}

/// All that a tool asks for, or its arguments as JSON.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) groups: Vec<Group>,
    /// The template that was chosen: the argument that takes it, and its id.
    pub(super) template: Option<(&'static str, String)>,
    /// The one field for everything.
    pub(super) whole: Option<Field>,
    /// What is wrong and stands beside no field.
    pub(super) faults: Vec<String>,
    /// How many faults there are.
    pub(super) count: usize,
}

impl Asked {
    /// The form of these groups.
    pub(super) fn of(groups: Vec<Group>, template: Option<(&'static str, String)>) -> Self {
        Self { groups, template, whole: None, faults: Vec::new(), count: 0 }
    }

    /// The form of one field for everything.
    pub(super) fn whole(served: &ServedTool) -> Self {
        let mut whole = Field::typed_as("", "", Kind::Json, "", true);
        WHOLE.clone_into(&mut whole.sent_as);
        "f0".clone_into(&mut whole.id);
        "Arguments as JSON".clone_into(&mut whole.name);
        whole.takes = format!("In short: {}", served.signature());
        "{}".clone_into(&mut whole.typed);
        Self { whole: Some(whole), ..Self::of(Vec::new(), None) }
    }

    /// Keeps what was typed, also into fields that are not known any more, and arranges all.
    pub(super) fn fill(&mut self, form: &Form, values: Option<&'static str>) {
        if let Some(whole) = &mut self.whole {
            if form.has(WHOLE) {
                whole.fill(form);
            }
            return;
        }
        let mut room = ROOM;
        let mut ids = 0;
        for group in &mut self.groups {
            group.arrange(&mut room, &mut ids);
        }
        let template = values.map(Of::Template);
        for of in [Of::Tool, Of::Tenant].into_iter().chain(template) {
            self.keep_unknown(form, of, &mut ids);
        }
        let fields =
            self.groups.iter_mut().flat_map(|group| group.fields.iter_mut().chain(&mut group.rest));
        fields.for_each(|field| field.fill(form));
    }

    /// Adds a field for everything that was typed and that no field is known for: a tenant that does
    /// not answer now may have told of it before.
    fn keep_unknown(&mut self, form: &Form, of: Of, ids: &mut usize) {
        let known = |name: &str| {
            let mut fields =
                self.groups.iter().filter(|group| group.of == of).flat_map(|group| &group.fields);
            fields.any(|field| field.name == name)
        };
        let mut unknown: Vec<Field> = Vec::new();
        for (sent_as, text) in form.pairs().filter(|(_, text)| !text.is_empty()) {
            let name = sent_as.strip_prefix(of.key()).and_then(|rest| rest.strip_prefix('.'));
            let Some(name) = name.filter(|name| !known(name)) else { continue };
            if unknown.iter().any(|field| field.name == name) {
                continue;
            }
            let mut field = Field::typed_as(of.key(), name, Kind::Plain, "", false);
            field.id = format!("f{ids}");
            text.clone_into(&mut field.typed);
            *ids += 1;
            unknown.push(field);
        }
        if unknown.is_empty() {
            return;
        }
        let known = self.groups.iter().position(|group| group.of == of);
        let place = known.unwrap_or_else(|| {
            let hint = "Typed before; the account does not tell of them now.".to_owned();
            self.groups.push(Group::new(of, "Further fields", hint, Vec::new()));
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(place) else { return };
        group.fields.splice(group.open..group.open, unknown.iter().cloned());
        group.open += unknown.len();
    }

    /// The arguments that what was typed means, and what of it cannot be read.
    pub(super) fn read(&self) -> (Map<String, Value>, Vec<Fault>) {
        let mut arguments = Map::new();
        let mut faults = Vec::new();
        if let Some(whole) = &self.whole {
            match parsed(&whole.typed) {
                Ok(Value::Object(members)) => return (members, faults),
                Ok(_) => faults.push(Fault::new(WHOLE, "This must be an object, in braces.")),
                Err(words) => faults.push(Fault::new(WHOLE, &words)),
            }
            return (arguments, faults);
        }
        if let Some((name, id)) = &self.template {
            arguments.insert((*name).to_owned(), Value::String(id.clone()));
        }
        for group in &self.groups {
            let mut members = Map::new();
            for field in &group.fields {
                match field.value() {
                    Ok(Some(value)) => _ = members.insert(field.name.clone(), value),
                    Ok(None) => {}
                    Err(words) => {
                        faults.push(Fault { pointer: group.of.pointer(&field.name), words });
                    }
                }
            }
            let pointer = |rest: &Field| format!("/{}", rest.sent_as);
            match group.rest.as_ref().map(|rest| (rest, rest.value())) {
                Some((_, Ok(Some(Value::Object(further))))) => members.extend(further),
                Some((rest, Ok(Some(_)))) => {
                    let words = "This must be an object, in braces.".to_owned();
                    faults.push(Fault { pointer: pointer(rest), words });
                }
                Some((rest, Err(words))) => faults.push(Fault { pointer: pointer(rest), words }),
                None | Some((_, Ok(None))) => {}
            }
            match group.of {
                Of::Tool | Of::Tenant => arguments.extend(members),
                Of::Template(values) => {
                    arguments.insert(values.to_owned(), Value::Object(members));
                }
            }
        }
        (arguments, faults)
    }

    /// Puts faults beside their fields.
    pub(super) fn blame(&mut self, faults: Vec<Fault>, more: usize) {
        self.count = faults.len() + more;
        for fault in faults {
            let Some((field, below)) = self.place(&fault.pointer) else {
                let name = fault.pointer.trim_start_matches('/');
                let colon = if name.is_empty() { "" } else { ": " };
                self.faults.push(format!("{name}{colon}{}", fault.words));
                continue;
            };
            let at = match below.trim_start_matches('/') {
                "" => String::new(),
                below => format!("At {below}: "),
            };
            let before = field.error.take().map(|error| format!("{error} ")).unwrap_or_default();
            field.error = Some(format!("{before}{at}{}", fault.words));
        }
        if more > 0 {
            self.faults.push(format!("{more} more are not named."));
        }
    }

    /// The field that a pointer leads to, and how it goes on below.
    fn place<'p>(&mut self, pointer: &'p str) -> Option<(&mut Field, &'p str)> {
        if let Some(whole) = &mut self.whole {
            return Some((whole, pointer.strip_prefix(&format!("/{WHOLE}")).unwrap_or(pointer)));
        }
        let below = |at: &str| {
            pointer.strip_prefix(at).filter(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for group in &mut self.groups {
            for field in &mut group.fields {
                if let Some(below) = below(&group.of.pointer(&field.name)) {
                    return Some((field, below));
                }
            }
            if let Some(rest) = &mut group.rest
                && let Some(below) = below(&format!("/{}", rest.sent_as))
            {
                return Some((rest, below));
            }
        }
        None
    }

    /// How many arguments there are and how many of them must be given, in words.
    pub(super) fn words(&self) -> String {
        let fields = || self.groups.iter().flat_map(|group| &group.fields);
        let required = fields().filter(|field| field.required).count();
        match (fields().count(), required) {
            (0, _) => "It takes no arguments.".to_owned(),
            (1, 0) => "It takes 1 argument, which may stay empty.".to_owned(),
            (all, 0) => format!("It takes {all} arguments, which may all stay empty."),
            (1, _) => "It takes 1 argument, which is required.".to_owned(),
            (all, 1) => format!("It takes {all} arguments, 1 of them required."),
            (all, required) if all == required => {
                format!("It takes {all} arguments, all required.")
            }
            (all, required) => format!("It takes {all} arguments, {required} of them required."),
        }
    }
}

/// The fields of a tool's own arguments: those that are listed, then those that only the full schema
/// has; but for these.
pub(super) fn of_tool(served: &ServedTool, without: &[&str]) -> Vec<Field> {
    let listed: Value = serde_json::from_str(served.listed_json()).unwrap_or_default();
    let (listed, full) = (&listed["inputSchema"], served.checker().full());
    let names = |schema: &Value| -> Vec<String> {
        schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect()
    };
    let further = names(full).into_iter().filter(|name| listed["properties"].get(name).is_none());
    let all = names(listed).into_iter().chain(further.collect::<Vec<_>>());
    all.filter(|name| !without.contains(&name.as_str()))
        .map(|name| {
            let short = listed["properties"].get(&name);
            let whole = full["properties"].get(&name);
            // A listed schema may leave to words what the full one says.
            let said =
                |schema: &&Value| schema.get("type").is_some() || schema.get("enum").is_some();
            let deep = |schema: &&Value| schema["type"] == "object" || schema["type"] == "array";
            let schema = match (short.filter(said), whole) {
                (Some(short), Some(whole)) if deep(&short) || !differs(short, whole) => whole,
                (Some(short), _) => short,
                (None, Some(whole)) => whole,
                (None, None) => &Value::Null,
            };
            Field::of(
                Of::Tool.key(),
                &name,
                schema,
                full,
                requires(listed, &name) || requires(full, &name),
            )
        })
        .collect()
}

/// The fields of an object's schema.
pub(super) fn of_schema(of: Of, schema: &Value) -> Vec<Field> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, field)| Field::of(of.key(), name, field, schema, requires(schema, name)))
        .collect()
}

/// Whether the full schema takes what the listed one does not speak of.
fn differs(short: &Value, whole: &Value) -> bool {
    whole["type"].as_array().is_some_and(|types| types.iter().any(|one| one == "array"))
        && !short["type"].is_array()
}

fn requires(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::Catalogue;

    fn asked(schema: &Value, typed: &[(&str, &str)]) -> Asked {
        let form = |pairs: &[(&str, &str)]| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            Form::of_query(Some(&query.extend_pairs(pairs).finish()))
        };
        let fields = of_schema(Of::Template("values"), schema);
        let group = Group::new(Of::Template("values"), "Form", String::new(), fields);
        let mut asked = Asked::of(vec![group], Some(("template", "t1".to_owned())));
        asked.fill(&form(typed), Some("values"));
        asked
    }

    #[test]
    fn what_was_typed_is_never_lost() {
        let schema = json!({"properties": {"a": {"type": "integer"}}});
        let asked = asked(
            &schema,
            &[
                ("form.a", "1"),
                ("form.gone", "x"),
                ("own.mine", "[1]"),
                ("arg.gone", "y"),
                ("csrf", "z"),
            ],
        );
        let (arguments, faults) = asked.read();
        assert_eq!(faults, []);
        assert_eq!(
            Value::Object(arguments),
            json!({"template": "t1", "values": {"gone": "x", "a": 1}, "gone": "y", "mine": [1]})
        );
    }

    #[test]
    fn faults_stand_beside_the_field_that_they_are_about() {
        let schema = json!({"properties": {"a/b": {"type": "object"}, "c": {"type": "object"}}});
        let mut asked = asked(&schema, &[("form.c", "{")]);
        let (_, mut faults) = asked.read();
        faults.push(Fault::expected("/values/a~1b/x", "required: string", Some("y")));
        faults.push(Fault::expected("/elsewhere", "integer", None));
        asked.blame(faults, 2);
        let error = |name: &str| {
            let mut fields = asked.groups.iter().flat_map(|group| &group.fields);
            fields.find(|field| field.name == name).and_then(|field| field.error.clone()).unwrap()
        };
        assert_eq!(error("a/b"), "At x: Fill this in. Did you mean y?");
        assert!(error("c").starts_with("This is not JSON"), "{}", error("c"));
        assert_eq!(asked.faults, ["elsewhere: Expected a whole number.", "2 more are not named."]);
        assert_eq!(asked.count, 5);
    }

    #[test]
    fn a_form_without_end_goes_on_as_json() {
        let field = json!({"type": "string", "description": "<".repeat(100)});
        let fields: Map<String, Value> =
            (0..500).map(|number| (format!("f{number}"), field.clone())).collect();
        let schema = json!({"properties": fields, "required": ["f400"]});
        let asked = asked(&schema, &[("rest.form", "{\"f300\":\"x\"}")]);
        let group = &asked.groups[0];
        let size: usize = group.fields.iter().map(Field::size).sum();
        assert!(size <= ROOM && group.fields.len() > 10, "{size} {}", group.fields.len());
        assert_eq!(group.first()[0].name, "f400");
        assert!(group.is_unfolded());
        assert_eq!(Value::Object(asked.read().0)["values"], json!({"f300": "x"}));
    }

    #[test]
    fn every_tool_has_a_form_that_fits_a_page() {
        for catalogue in crate::apis::apis().iter().map(|api| Catalogue::new(api)) {
            for served in catalogue.tools() {
                let group = Group::new(Of::Tool, "", String::new(), of_tool(served, &[]));
                let mut asked = Asked::of(vec![group], None);
                asked.fill(&Form::default(), None);
                assert!(asked.groups[0].rest.is_none(), "{}", served.name());
            }
        }
    }
}
