//! Tools that only one tenant has: each template that may be launched, with its own form as schema.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use support::{Tool, Transport};

use super::Toolset;
use crate::call::tenant::{Freshness, TenantMetadata};
use crate::call::{CallContext, Violations, form};
use crate::call_log::Recorder;
use crate::catalogue::{ServedTool, ToolDescriptor};
use crate::provision::Filter;
use crate::provision::filter::launch_prefix;
use crate::provision::push_hex;
use crate::work;

/// How long a tenant's templates are taken for the same.
const KEPT: Duration = Duration::from_secs(60);
/// How many accounts' and filters' toolsets are kept.
const CAPACITY: u64 = 256;
/// The longest name, as clients put a prefix in front of it.
const LONGEST_NAME: usize = 48;
/// How many letters and digits of an id tell equal labels apart.
const ID_END: usize = 6;
/// The tool that launches, and the one that lists what can be launched.
const LAUNCHER: &str = "create_a_ironclad_async_workflow";
const LISTER: &str = "list_all_ironclad_workflow_schemas";

/// What a launch tool fills in for its caller.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) name: String,
    title: String,
    description: String,
    template: String,
    fields: Map<String, Value>,
}

impl Launch {
    /// Checks the arguments against the form and puts them where the launching operation wants
    /// them.
    pub(crate) fn bind(&self, arguments: &mut Map<String, Value>, violations: &mut Violations) {
        form::check("", &self.fields, arguments, form::Defaults::Left, violations);
        let attributes = Value::Object(std::mem::take(arguments));
        arguments.insert("template".to_owned(), self.template.clone().into());
        arguments.insert("attributes".to_owned(), attributes);
    }

    /// What a list shows of it.
    pub(crate) fn descriptor(&self) -> ToolDescriptor<'_> {
        ToolDescriptor {
            name: &self.name,
            title: &self.title,
            description: &self.description,
            input: form::schema(&self.fields),
        }
    }

    /// Whether an entry of the tenant's list is a template that can be launched by its form.
    fn is_template(entry: &Value) -> bool {
        let text = |member: &str| entry.get(member).is_some_and(Value::is_string);
        text("id") && text("name") && entry.get("schema").is_some_and(Value::is_object)
    }

    fn of(entry: &Value, name: String) -> Option<Self> {
        let label: String = entry
            .get("name")?
            .as_str()?
            .chars()
            .filter(|letter| !letter.is_control())
            .take(120)
            .collect();
        let description = format!(
            "Launch the template {label} as a job whose answer says how to poll it. Every argument is a field of its launch form."
        );
        Some(Self {
            name,
            title: format!("Launch {label}"),
            description,
            template: entry.get("id")?.as_str()?.to_owned(),
            fields: entry.get("schema")?.as_object()?.clone(),
        })
    }
}

/// Toolsets with the launch tools of their account; cheap to clone.
#[derive(Debug, Clone)]
pub struct Launches(Cache<(Box<str>, Filter), Arc<Toolset>>);

impl Default for Launches {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(KEPT).build())
    }
}

impl Launches {
    /// `toolset` with the templates of `account` that `filter` admits; as it is when the account
    /// cannot be asked.
    pub async fn extend(
        &self,
        toolset: &Arc<Toolset>,
        filter: &Filter,
        account: &str,
        transport: &dyn Transport,
        tenant: &TenantMetadata,
    ) -> Arc<Toolset> {
        let key = (account.into(), filter.clone());
        let context = CallContext { account, transport, toolset, recorder: Recorder::default() };
        let build = async {
            let answer = tenant.answer(&context, LISTER, Freshness::Refresh).await?;
            let (toolset, filter) = (Arc::clone(toolset), filter.clone());
            work::over(work::weight_of(&answer), move || {
                extended(&toolset, &filter, &answer).map(Arc::new)
            })
            .await
        };
        self.0.optionally_get_with(key, build).await.unwrap_or_else(|| toolset.clone())
    }
}

fn extended(toolset: &Toolset, filter: &Filter, answer: &Value) -> Option<Toolset> {
    let catalogue = &toolset.catalogue;
    let launcher: &'static Tool = catalogue.tool(LAUNCHER)?.tool;
    let prefix = launch_prefix(catalogue.api);
    let taken = catalogue.tools().iter().map(|served| served.name().to_owned()).collect();
    let mut names = Names { taken, numbers: HashMap::new() };
    let mut entries: Vec<Arc<ServedTool>> = toolset.tools().to_vec();
    for entry in answer.get("list")?.as_array()? {
        let text = |member: &str| entry.get(member).and_then(Value::as_str).unwrap_or_default();
        if !Launch::is_template(entry) {
            continue;
        }
        let allowed = entry
            .get("permissions")
            .and_then(Value::as_array)
            .is_none_or(|all| all.contains(&json!("launch")));
        let name = names.free(&prefix, text("name"), text("id"));
        if allowed && filter.admits_launch(&name, launcher) {
            entries.extend(
                Launch::of(entry, name)
                    .map(|launch| Arc::new(ServedTool::launching(launcher, launch))),
            );
        }
    }
    entries.sort_by(|one, other| one.name().cmp(other.name()));
    Some(Toolset::of(catalogue, entries.into()))
}

/// The names of tools that are taken.
#[derive(Default)]
struct Names {
    taken: BTreeSet<String>,
    /// The number that comes next for a label, so that equal ones are not counted through again.
    numbers: HashMap<String, u64>,
}

impl Names {
    /// A name that is not taken yet, and takes it: of the label alone, with the end of the id, with
    /// a hash of it, or with a number.
    fn free(&mut self, prefix: &str, label: &str, id: &str) -> String {
        let number = self.numbers.entry(tool_name(prefix, label, "")).or_insert(2);
        let (name, next) = free_name(prefix, label, id, &self.taken, *number);
        *number = next;
        self.taken.insert(name.clone());
        name
    }
}

/// A name that is not taken yet, with numbers from `first` on, and the number that comes next.
fn free_name(
    prefix: &str,
    label: &str,
    id: &str,
    taken: &BTreeSet<String>,
    first: u64,
) -> (String, u64) {
    let end = || {
        let kept: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).collect();
        kept.iter()
            .skip(kept.len().saturating_sub(ID_END))
            .map(char::to_ascii_lowercase)
            .collect::<String>()
    };
    let hash = || {
        let mut text = String::new();
        push_hex(
            &mut text,
            Sha256::digest(id.as_bytes()).first_chunk::<4>().map_or(&[][..], |start| start),
        );
        text
    };
    let named = |suffix: &str| tool_name(prefix, label, suffix);
    let by_id = std::iter::once_with(String::new)
        .chain(std::iter::once_with(end))
        .chain(std::iter::once_with(hash));
    if let Some(name) = by_id.map(|suffix| named(&suffix)).find(|name| !taken.contains(name)) {
        return (name, first);
    }
    let mut numbered = (first..).map(|number| (named(&number.to_string()), number + 1));
    numbered
        .find(|(name, _)| !taken.contains(name))
        .expect("numbers do not end before the templates do")
}

/// A label as the end of a tool name; `suffix` (ASCII letters and digits) tells labels apart that
/// come out the same. A label without any Latin letter or digit comes out as `template`.
fn tool_name(prefix: &str, label: &str, suffix: &str) -> String {
    let mut name = String::from(prefix);
    let room = LONGEST_NAME.saturating_sub(if suffix.is_empty() { 0 } else { suffix.len() + 1 });
    for letter in label.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' if name.len() < room => name.push(letter),
            'a'..='z' | '0'..='9' => break,
            _ if !name.ends_with('_') && name.len() < room => name.push('_'),
            _ => {}
        }
    }
    let mut name = name.trim_end_matches('_').to_owned();
    if name.len() < prefix.len() {
        name = format!("{prefix}template");
    }
    if !suffix.is_empty() {
        name.push('_');
        name.push_str(suffix);
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_become_names() {
        for (label, suffix, name) in [
            ("Non-Disclosure Agreement (NDA)", "", "ironclad_launch_non_disclosure_agreement_nda"),
            ("Éé  Vendor — MSA", "", "ironclad_launch_vendor_msa"),
            (
                "A very long template name that does not end",
                "",
                "ironclad_launch_a_very_long_template_name_that_d",
            ),
            ("NDA", "b3f", "ironclad_launch_nda_b3f"),
            ("契約", "", "ironclad_launch_template"),
            ("🎉", "b3f", "ironclad_launch_template_b3f"),
        ] {
            assert_eq!(tool_name("ironclad_launch_", label, suffix), name);
        }
    }

    #[test]
    fn templates_become_tools_where_the_filter_and_the_permissions_let_them() {
        let ironclad = crate::catalogue::apis().iter().find(|api| api.slug == "ironclad").unwrap();
        let catalogue = Arc::new(crate::catalogue::Catalogue::new(ironclad));
        let field = json!({"type": "string", "displayName": "Counterparty", "required": "always"});
        let answer = json!({"list": [
            {"id": "0000aaaa", "name": "NDA", "schema": {"counterpartyName": field}, "permissions": ["launch", "view"]},
            {"id": "0000bbbb", "name": "nda", "schema": {}, "permissions": ["launch"]},
            {"id": "0000cccc", "name": "Secret", "schema": {}, "permissions": ["view"]}]});
        let filter = Filter::default();
        let plain = Toolset::build(&catalogue, &filter);
        let toolset = extended(&plain, &filter, &answer).unwrap();
        assert_eq!(toolset.tools().len(), plain.tools().len() + 2);
        let nda = toolset.get("ironclad_launch_nda").unwrap();
        assert!(toolset.get("ironclad_launch_nda_00bbbb").is_some());
        let listed: Value = serde_json::from_str(nda.listed_json()).unwrap();
        assert_eq!(listed["inputSchema"]["required"], json!(["counterpartyName"]));
        assert_eq!(listed["annotations"]["readOnlyHint"], false);
        let mut arguments = Map::new();
        let mut violations = Violations::default();
        nda.launch().unwrap().bind(&mut arguments, &mut violations);
        assert_eq!(violations.named()[0].pointer, "/counterpartyName");
        assert_eq!(arguments["template"], "0000aaaa");
        let read_only = filter.narrowed(Some("read"), None);
        let plain = Toolset::build(&catalogue, &read_only);
        assert_eq!(
            extended(&plain, &read_only, &answer).unwrap().tools().len(),
            plain.tools().len()
        );
    }

    proptest! {
        #[test]
        fn no_template_is_lost_whatever_its_label_and_id(
            templates in proptest::collection::vec((label(), "(é|語|🎉|[a-zA-Z0-9_-]){0,12}"), 0..12)
        ) {
            let ironclad = crate::catalogue::apis().iter().find(|api| api.slug == "ironclad").unwrap();
            let catalogue = Arc::new(crate::catalogue::Catalogue::new(ironclad));
            let list: Vec<Value> = templates.iter().map(|(label, id)| json!({"id": id, "name": label, "schema": {}})).collect();
            let filter = Filter::default();
            let plain = Toolset::build(&catalogue, &filter);
            let toolset = extended(&plain, &filter, &json!({"list": list})).unwrap();
            prop_assert_eq!(toolset.tools().len(), plain.tools().len() + templates.len());
            let mut names = BTreeSet::new();
            for served in toolset.tools() {
                let name = served.name();
                prop_assert!(names.insert(name), "{} twice", name);
                prop_assert!(name.len() <= LONGEST_NAME + 4 && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')));
                prop_assert!(toolset.get(name).is_some());
            }
        }
    }

    /// Labels that come out equal more often than not.
    fn label() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            Just("NDA".to_owned()),
            Just("nda!".to_owned()),
            Just("契約".to_owned()),
            Just("🎉".to_owned()),
            ".{0,60}"
        ]
    }
}
