//! Tools that only one tenant has: each template that may be launched, with its own form as schema.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::Tool;
use support::api::Launch;

use super::Toolset;
use super::filter::{Filter, launch_prefix};
use crate::json::member;
use crate::tools::{FormDialect, LaunchTool, ServedTool};

/// The longest name, as clients put a prefix in front of it.
const LONGEST_NAME: usize = 48;
/// How many letters and digits of an id tell equal labels apart.
const ID_END: usize = 6;
/// The longest label that is repeated, in characters.
const LONGEST_LABEL: usize = 120;

/// `toolset` with the templates of a tenant's list that `filter` admits; `None` when the API
/// launches nothing by forms, or the answer holds no list.
pub(crate) fn extended(toolset: &Toolset, filter: &Filter, answer: &Value) -> Option<Toolset> {
    let catalogue = &toolset.catalogue;
    let launch = catalogue.api.launch.as_ref()?;
    let launcher: &'static Tool = catalogue.tool(launch.tool)?.tool;
    let prefix = launch_prefix(catalogue.api);
    let taken = catalogue.tools().iter().map(|served| served.name().to_owned()).collect();
    let mut names = Names { taken, numbers: HashMap::new() };
    let mut entries: Vec<Arc<ServedTool>> = toolset.tools().to_vec();
    for entry in member(answer, launch.items)?.as_array()? {
        let Some(template) = Template::read(launch, catalogue.dialect, entry) else { continue };
        let name = names.free(&prefix, template.label, template.id);
        if may_be_launched(launch, entry) && filter.admits_launch(&name, launcher) {
            let tool = template.tool(name, launch, launcher);
            entries.push(Arc::new(ServedTool::launching(launcher, tool)));
        }
    }
    entries.sort_by(|one, other| one.name().cmp(other.name()));
    Some(Toolset::of(catalogue, entries.into(), toolset.index.clone()))
}

/// A template that can be launched by its form.
struct Template<'e> {
    id: &'e str,
    label: &'e str,
    form: Arc<dyn crate::tools::LaunchForm>,
}

impl<'e> Template<'e> {
    /// `None` when an entry of the tenant's list is no template that can be launched by a form.
    fn read(launch: &Launch, dialect: &dyn FormDialect, entry: &'e Value) -> Option<Self> {
        let text = |name: &str| member(entry, name).and_then(Value::as_str);
        let (id, label) = (text(launch.id)?, text(launch.label)?);
        let form = dialect.read(member(entry, launch.form)?)?;
        Some(Self { id, label, form })
    }

    fn tool(self, name: String, launch: &'static Launch, launcher: &Tool) -> LaunchTool {
        let label: String =
            self.label.chars().filter(|letter| !letter.is_control()).take(LONGEST_LABEL).collect();
        let job = match launcher.job {
            Some(_) => " as a job whose answer says how to poll it",
            None => "",
        };
        LaunchTool {
            name,
            title: format!("Launch {label}"),
            description: format!(
                "Launch the template {label}{job}. Every argument is a field of its launch form."
            ),
            template: self.id.to_owned(),
            form: self.form,
            launch,
        }
    }
}

/// Whether the tenant lets this account launch a template; one that says nothing of it does.
pub(crate) fn may_be_launched(launch: &Launch, entry: &Value) -> bool {
    let Some((name, word)) = launch.permission else { return true };
    let permissions = member(entry, name).and_then(Value::as_array);
    permissions.is_none_or(|all| all.iter().any(|one| one == word))
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
        let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        let [one, two, three, four, ..] = digest;
        format!("{:08x}", u32::from_be_bytes([one, two, three, four]))
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
    use serde_json::{Map, json};

    use super::*;
    use crate::testing::DEMO;
    use crate::tools::Catalogue;
    use crate::violation::Violations;

    #[test]
    fn labels_become_names() {
        for (label, suffix, name) in [
            ("Non-Disclosure Agreement (NDA)", "", "demo_launch_non_disclosure_agreement_nda"),
            ("Éé  Vendor — MSA", "", "demo_launch_vendor_msa"),
            (
                "A very long template name that does not end",
                "",
                "demo_launch_a_very_long_template_name_that_does",
            ),
            ("NDA", "b3f", "demo_launch_nda_b3f"),
            ("契約", "", "demo_launch_template"),
            ("🎉", "b3f", "demo_launch_template_b3f"),
        ] {
            assert_eq!(tool_name("demo_launch_", label, suffix), name);
        }
    }

    #[test]
    fn templates_become_tools_where_the_filter_and_the_permissions_let_them() {
        let catalogue = Arc::new(Catalogue::new(&DEMO));
        let form = json!({"properties": {"party": {"type": "string"}}, "required": ["party"]});
        let answer = json!({"list": [
            {"id": "0000aaaa", "name": "NDA", "schema": form, "permissions": ["launch", "view"]},
            {"id": "0000bbbb", "name": "nda", "schema": {}, "permissions": ["launch"]},
            {"id": "0000cccc", "name": "Secret", "schema": {}, "permissions": ["view"]},
            {"id": "0000dddd", "name": "No form"}]});
        let filter = Filter::default();
        let plain = Toolset::build(&catalogue, &filter);
        let toolset = extended(&plain, &filter, &answer).unwrap();
        assert_eq!(toolset.tools().len(), plain.tools().len() + 2);
        let nda = toolset.get("demo_launch_nda").unwrap();
        assert!(toolset.get("demo_launch_nda_00bbbb").is_some());
        let listed: Value = serde_json::from_str(nda.listed_json()).unwrap();
        assert_eq!(listed["inputSchema"]["required"], json!(["party"]));
        assert_eq!(listed["annotations"]["readOnlyHint"], false);
        let mut arguments = Map::new();
        let mut violations = Violations::default();
        nda.launch().unwrap().bind(&mut arguments, &mut violations);
        assert_eq!(violations.named()[0].pointer, "/party");
        assert_eq!(arguments["template"], "0000aaaa");
        let read_only = filter.narrowed(Some("read"), None);
        let plain = Toolset::build(&catalogue, &read_only);
        let narrowed = extended(&plain, &read_only, &answer).unwrap();
        assert_eq!(narrowed.tools().len(), plain.tools().len());
    }

    proptest! {
        #[test]
        fn no_template_is_lost_whatever_its_label_and_id(
            templates in proptest::collection::vec(
                (label(), "(é|語|🎉|[a-zA-Z0-9_-]){0,12}"), 0..12)
        ) {
            let catalogue = Arc::new(Catalogue::new(&DEMO));
            let entry = |(label, id): &(String, String)| {
                json!({"id": id, "name": label, "schema": {}})
            };
            let list: Vec<Value> = templates.iter().map(entry).collect();
            let filter = Filter::default();
            let plain = Toolset::build(&catalogue, &filter);
            let toolset = extended(&plain, &filter, &json!({"list": list})).unwrap();
            prop_assert_eq!(toolset.tools().len(), plain.tools().len() + templates.len());
            let mut names = BTreeSet::new();
            let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            for served in toolset.tools() {
                let name = served.name();
                prop_assert!(names.insert(name), "{} twice", name);
                prop_assert!(name.len() <= LONGEST_NAME + 4 && name.bytes().all(plain));
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
