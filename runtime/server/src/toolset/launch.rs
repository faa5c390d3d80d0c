//! Tools that only one tenant has: each template that may be launched, with its own form as schema.

use std::borrow::Cow;
use std::collections::BTreeMap;
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
/// How many letters of a hash tell templates apart: 30 bits.
const MARK: usize = 6;
/// The longest label that is repeated, and how much of one is looked at for a name, in characters.
const LONGEST_LABEL: usize = 120;
const LOOKED_AT: usize = 400;

/// `toolset` with the templates of a tenant's list that `filter` admits; `None` when the API
/// launches nothing by forms, or the answer holds no list.
pub(crate) fn extended(toolset: &Toolset, filter: &Filter, answer: &Value) -> Option<Toolset> {
    let catalogue = &toolset.catalogue;
    let launch = catalogue.api.launch.as_ref()?;
    let launcher: &'static Tool = catalogue.tool(launch.tool)?.tool;
    let prefix = launch_prefix(catalogue.api);
    let templates = member(answer, launch.items)?.as_array()?.iter();
    let templates = templates.filter_map(|entry| Template::read(launch, catalogue.dialect, entry));
    let mut entries: Vec<Arc<ServedTool>> = toolset.tools().to_vec();
    let is_taken = |name: &str| catalogue.tool(name).is_some();
    for (name, template) in named(&prefix, templates.collect(), is_taken) {
        let unmarked = tool_name(&prefix, template.label, "");
        if may_be_launched(launch, template.entry)
            && filter.admits_launch(&name, &unmarked, launcher)
        {
            let tool = template.tool(name, launch, launcher);
            entries.push(Arc::new(ServedTool::launching(launcher, tool)));
        }
    }
    entries.sort_by(|one, other| one.name().cmp(other.name()));
    Some(Toolset::of(catalogue, entries.into(), toolset.index.clone()))
}

/// A template that can be launched by its form.
struct Template<'e> {
    entry: &'e Value,
    id: &'e str,
    label: &'e str,
    form: Arc<dyn crate::tools::LaunchForm>,
}

impl<'e> Template<'e> {
    /// `None` when an entry of the tenant's list is no template that can be launched by a form.
    fn read(launch: &Launch, dialect: &dyn FormDialect, entry: &'e Value) -> Option<Self> {
        let text = |name: &str| member(entry, name).and_then(Value::as_str);
        let (id, label) = (text(launch.id)?, text(launch.label).unwrap_or_default());
        let form = dialect.read(member(entry, launch.form)?)?;
        Some(Self { entry, id, label, form })
    }

    fn tool(self, name: String, launch: &'static Launch, launcher: &Tool) -> LaunchTool {
        let label = Some(self.label).filter(|label| !label.trim().is_empty()).unwrap_or(self.id);
        let label: String =
            label.chars().filter(|letter| !letter.is_control()).take(LONGEST_LABEL).collect();
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

/// The templates by the names of their tools: the label, and a mark that is a hash of the id.
///
/// A name comes of its template alone, so that it means one template for good, to callers and to
/// whoever allows or denies it: neither the order of the vendor's list changes it, nor another
/// template with the same label. Those that would be called the same all the same, one in a thousand
/// million pairs, are told apart in the order of their ids.
fn named<'e>(
    prefix: &str,
    mut templates: Vec<Template<'e>>,
    is_taken: impl Fn(&str) -> bool,
) -> BTreeMap<String, Template<'e>> {
    templates.sort_by(|one, other| {
        let by_id = (one.id, one.label).cmp(&(other.id, other.label));
        by_id.then_with(|| one.entry.to_string().cmp(&other.entry.to_string()))
    });
    let mut called = BTreeMap::new();
    for template in templates {
        let ranks = (0..).map(|rank: u64| match rank {
            0 => mark(&[template.id]),
            rank => mark(&[template.id, &rank.to_string()]),
        });
        let mut names = ranks.map(|mark| tool_name(prefix, template.label, &mark));
        let name = names.find(|name| !is_taken(name) && !called.contains_key(name));
        called.extend(name.map(|name| (name, template)));
    }
    called
}

/// The first letters of a hash of these texts (RFC 4648 section 6, in lower case).
fn mark(texts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte & 31)]);
    hash.finalize().into_iter().take(MARK).map(letter).collect()
}

/// A label as the end of a tool name, with `suffix` (ASCII letters and digits) behind it. A label
/// without any Latin letter or digit comes out as `template`.
fn tool_name(prefix: &str, label: &str, suffix: &str) -> String {
    let mut words = String::new();
    for letter in label.chars().take(LOOKED_AT).flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => words.push(letter),
            _ if !words.is_empty() && !words.ends_with('_') => words.push('_'),
            _ => {}
        }
    }
    let words = match words.trim_end_matches('_') {
        "" => "template",
        words => words,
    };
    let ending = if suffix.is_empty() { 0 } else { suffix.len() + 1 };
    let mut name = prefix.to_owned();
    name.push_str(&shortened(words, LONGEST_NAME.saturating_sub(prefix.len() + ending)));
    if !suffix.is_empty() {
        name.push('_');
        name.push_str(suffix);
    }
    name
}

/// As many words as there is room for. The last one stays where it is short: it tells versions and
/// kinds apart, and is what a long name is called in short.
fn shortened(words: &str, room: usize) -> Cow<'_, str> {
    if words.len() <= room {
        return Cow::Borrowed(words);
    }
    let up_to = |room: usize| {
        let head = words.get(..room).unwrap_or_default();
        let is_whole = words.get(room..).is_some_and(|rest| rest.starts_with('_'));
        let whole = head.rsplit_once('_').filter(|_| !is_whole).map(|(whole, _)| whole);
        whole.unwrap_or(head).trim_end_matches('_')
    };
    match words.rsplit_once('_') {
        Some((_, last)) if 2 * last.len() < room => {
            Cow::Owned(format!("{}_{last}", up_to(room - last.len() - 1)))
        }
        _ => Cow::Borrowed(up_to(room)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
                "demo_launch_a_very_long_template_name_that_end",
            ),
            ("NDA", "b3f", "demo_launch_nda_b3f"),
            (
                "Non-Disclosure and Confidentiality Agreement (NDA)",
                "opgsls",
                "demo_launch_non_disclosure_and_nda_opgsls",
            ),
            (
                "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
                "",
                "demo_launch_llanfairpwllgwyngyllgogerychwyrndrob",
            ),
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
        let named = |id: &str| tool_name("demo_launch_", "NDA", &mark(&[id]));
        let nda = toolset.get(&named("0000aaaa")).unwrap();
        assert!(toolset.get(&named("0000bbbb")).is_some());
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

    #[test]
    fn a_name_means_one_template_for_good() {
        let catalogue = Arc::new(Catalogue::new(&DEMO));
        let plain = Toolset::build(&catalogue, &Filter::default());
        let launched = |filter: &Filter, ids: &[&str]| -> BTreeMap<String, String> {
            let list: Vec<Value> =
                ids.iter().map(|id| json!({"id": id, "name": "NDA", "schema": {}})).collect();
            let toolset = extended(&plain, filter, &json!({"list": list})).unwrap();
            let launches = toolset.tools().iter().filter_map(|served| served.launch());
            launches.map(|tool| (tool.template.clone(), tool.name.clone())).collect()
        };
        let all = Filter::default();
        let alone = launched(&all, &["a"]);
        assert_eq!(launched(&all, &["b", "a"])["a"], alone["a"], "another one takes no name away");
        let denying = |name: &str| {
            let config = json!({"deny": [name]});
            let mut violations = Violations::default();
            let mut fields = crate::fields::Fields::new(config, "", &mut violations).unwrap();
            Filter::read(&mut fields, &DEMO, crate::toolset::filter::Launches::Offered)
        };
        let left = launched(&denying(&alone["a"]), &["b", "a"]);
        assert_eq!(left.keys().collect::<Vec<_>>(), ["b"]);
        let left = launched(&denying("demo_launch_nda"), &["b", "a"]);
        assert!(left.is_empty(), "by the name without a mark: {left:?}");
    }

    #[test]
    fn ids_whose_hashes_begin_alike_are_told_apart() {
        let mut seen = BTreeMap::new();
        let (one, other) = (0_u32..)
            .find_map(|number| {
                let id = number.to_string();
                let earlier = seen.insert(mark(&[&id]), id.clone())?;
                Some((earlier, id))
            })
            .unwrap();
        let entries = [one, other].map(|id| json!({"id": id, "name": "NDA", "schema": {}}));
        let launch = DEMO.launch.as_ref().unwrap();
        let told = |order: [usize; 2]| -> BTreeMap<String, String> {
            let read =
                |place| Template::read(launch, &crate::tools::form::JSON_SCHEMA, &entries[place]);
            let templates = order.into_iter().filter_map(read).collect();
            let names = named("demo_launch_", templates, |_| false);
            names.into_iter().map(|(name, template)| (template.id.to_owned(), name)).collect()
        };
        let names = told([0, 1]);
        assert_eq!(names.values().collect::<BTreeSet<_>>().len(), 2, "{names:?}");
        assert_eq!(names, told([1, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn templates_have_names_whatever_their_labels_ids_and_order(
            (given, mixed) in proptest::collection::vec((label(), id()), 0..12)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
        ) {
            let launch = DEMO.launch.as_ref().unwrap();
            let told = |templates: &[(Option<String>, String)]| {
                let entries: Vec<Value> = templates
                    .iter()
                    .map(|(label, id)| json!({"id": id, "name": label, "schema": {}}))
                    .collect();
                let read = |entry| Template::read(launch, &crate::tools::form::JSON_SCHEMA, entry);
                let templates = entries.iter().filter_map(read).collect();
                let names = named("demo_launch_", templates, |_| false).into_iter();
                let of = |it: Template<'_>| (it.id.to_owned(), it.label.to_owned());
                names.map(|(name, template)| (name, of(template))).collect::<BTreeMap<_, _>>()
            };
            let names = told(&given);
            prop_assert_eq!(names.len(), given.len());
            let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            for name in names.keys() {
                prop_assert!(name.len() <= LONGEST_NAME && name.bytes().all(plain), "{}", name);
            }
            prop_assert_eq!(names, told(&mixed));
        }
    }

    proptest! {
        #[test]
        fn every_template_is_a_tool_that_can_be_listed(
            templates in proptest::collection::vec((label(), id()), 0..12)
        ) {
            let catalogue = Arc::new(Catalogue::new(&DEMO));
            let entry = |(label, id): &(Option<String>, String)| {
                json!({"id": id, "name": label, "schema": {}})
            };
            let list: Vec<Value> = templates.iter().map(entry).collect();
            let filter = Filter::default();
            let plain = Toolset::build(&catalogue, &filter);
            let toolset = extended(&plain, &filter, &json!({"list": list})).unwrap();
            prop_assert_eq!(toolset.tools().len(), plain.tools().len() + templates.len());
            for served in toolset.tools() {
                prop_assert!(toolset.get(served.name()).is_some());
                prop_assert!(serde_json::from_str::<Value>(served.listed_json()).is_ok());
            }
        }
    }

    /// Labels that come out equal more often than not.
    fn label() -> impl Strategy<Value = Option<String>> {
        prop_oneof![
            Just(None),
            Just(Some(String::new())),
            Just(Some("NDA".to_owned())),
            Just(Some("nda!".to_owned())),
            Just(Some("契約".to_owned())),
            Just(Some("🎉".to_owned())),
            Just(Some("اتفاقية عدم إفشاء".to_owned())),
            Just(Some("\u{202e}ADN\u{0}".to_owned())),
            Just(Some("x".repeat(300))),
            Just(Some("語".repeat(300))),
            ".{0,60}".prop_map(Some)
        ]
    }

    /// Ids of any text, few of them more often than not.
    fn id() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            "[ab]",
            "[0-9a-f]{24}",
            "(é|語|🎉|[a-zA-Z0-9_/-]){0,12}",
            ".{0,300}"
        ]
    }
}
