//! Words of questions and of tools: their stems, what they mean, and what a misspelt one was to be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

/// The longest word that is compared with others, in characters.
const LONGEST_COMPARED: usize = 24;
/// The shortest word that is taken for a misspelt one.
const SHORTEST_MISSPELT: usize = 4;
/// From this length on a word may differ from the one that was meant at two places.
const TWICE_MISSPELT: usize = 7;

/// The words of a text in lower case, those apart that say nothing.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut lower_before = false;
    // An apostrophe does not end a word: `don't`.
    for letter in text.chars().filter(|letter| !matches!(letter, '\'' | '’')) {
        if !letter.is_alphanumeric() {
            parts.push(String::new());
            lower_before = false;
            continue;
        }
        if parts.is_empty() || (letter.is_uppercase() && lower_before) {
            parts.push(String::new());
        }
        lower_before = letter.is_lowercase();
        if let Some(last) = parts.last_mut() {
            last.extend(letter.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty() && !SILENT.contains(part.as_str()));
    parts
}

/// The first word of a question, whatever it says.
pub(super) fn first(question: &str) -> String {
    let mut parts = question.split(|letter: char| !letter.is_alphanumeric());
    parts.find(|part| !part.is_empty()).unwrap_or_default().to_lowercase()
}

/// The stem of a lower-case English word.
pub(super) fn stem(word: &str) -> String {
    Stemmer::new(Algorithm::English).stem(word).into_owned()
}

/// Groups of words that mean the same.
#[derive(Debug)]
pub(super) struct Groups {
    /// How many there are.
    pub(super) count: u32,
    /// The groups that a stem is in.
    of_stem: HashMap<String, Vec<u32>>,
}

impl Groups {
    /// Those of every API, and those of one, their words separated by spaces.
    pub(super) fn new(own: &[&str]) -> Self {
        let mut of_stem: HashMap<String, Vec<u32>> = HashMap::new();
        let mut count = 0;
        for group in GENERAL.iter().chain(own) {
            for word in group.split(' ') {
                let groups = of_stem.entry(stem(word)).or_default();
                if groups.last() != Some(&count) {
                    groups.push(count);
                }
            }
            count += 1;
        }
        Self { count, of_stem }
    }

    /// The groups that `stem` is in.
    pub(super) fn of(&self, stem: &str) -> &[u32] {
        self.of_stem.get(stem).map_or(&[], Vec::as_slice)
    }
}

/// The words that are known, as they are written.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    words: BTreeMap<String, Letters>,
}

/// Which letters a word has, a bit each, and how many: what tells most words apart at once.
#[derive(Debug, Clone, Copy)]
struct Letters {
    set: u32,
    count: usize,
}

impl Letters {
    fn of(word: &str) -> Self {
        let set = word.chars().fold(0, |set, letter| set | 1 << (u32::from(letter) % 32));
        Self { set, count: word.chars().count() }
    }
}

impl Spelling {
    pub(super) fn learn(&mut self, word: String) {
        let letters = Letters::of(&word);
        if (SHORTEST_MISSPELT..=LONGEST_COMPARED).contains(&letters.count) {
            self.words.insert(word, letters);
        }
    }

    /// The word that `given` was probably to be, and how much of it is alike.
    #[expect(clippy::cast_precision_loss, reason = "words are far shorter than 2^23")]
    pub(super) fn meant(&self, given: &str) -> Option<(&str, f32)> {
        let letters = Letters::of(given);
        if !(SHORTEST_MISSPELT..=LONGEST_COMPARED).contains(&letters.count)
            || given.contains(char::is_numeric)
        {
            return None;
        }
        let most = if letters.count < TWICE_MISSPELT { 1 } else { 2 };
        let near = self.words.iter().filter(|(_, other)| {
            other.count.abs_diff(letters.count) <= most
                && (other.set ^ letters.set).count_ones() as usize <= 2 * most
        });
        let (distance, word) = near
            .map(|(word, _)| (strsim::osa_distance(word, given), word))
            .filter(|(distance, _)| *distance <= most)
            .min()?;
        Some((word, 1.0 - distance as f32 / letters.count as f32))
    }
}

/// Words that say nothing about which tool is meant.
static SILENT: LazyLock<HashSet<&str>> = LazyLock::new(|| SILENT_WORDS.split(' ').collect());

const SILENT_WORDS: &str = "\
    a an the of in on to for by with and or is are was be it its this that these those my our \
    your their we i you me us do does did can could would should please from at as there has \
    have had want need if so will been were am im ive id they them he she his her him wants \
    needs wanted needed just also really actually quickly maybe perhaps hey hi hello thanks \
    wonder wondering whether think guess know tell way possible able sure stuff something like \
    somehow some than then because very too about into here now got let lets anyone anybody must \
    may might going given";

/// Words that mean the same to whoever asks, of whatever API; what they mean in the field of one API
/// is said by its overlay.
const GENERAL: &[&str] = &[
    // What is done.
    "delete remove erase drop scrap purge wipe destroy bin trash discard eliminate rid dissolve disband unregister unsubscribe uninstall vanish disappear throw kick",
    "cancel abort stop terminate end kill void revoke withdraw recall retract abandon discontinue quit axe ditch nix",
    "create add new make register insert establish enter define introduce record log invite another",
    "start launch begin initiate kick trigger run fire execute request submit",
    "update change edit modify correct fix adjust amend alter revise rename wrong typo incorrect mistake",
    "replace swap switch instead substitute",
    "overwrite replace whole rewrite",
    "list all which every overview browse enumerate directory inventory everything everybody everyone",
    "find search look lookup locate hunt seek identify",
    "get show see open detail view read single one particular",
    "download fetch save retrieve copy get obtain grab print",
    "upload attach import put add submit supply provide load",
    "pause hold suspend freeze halt park wait shelve ice stall dormant interrupt",
    "resume continue unpause unfreeze reactivate restart again proceed carry wake unhalt revive",
    "approve accept ok grant green signoff yes consent authorise authorize clear agree approval",
    "send dispatch mail deliver circulate",
    "schedule plan later postpone reschedule timer delay tomorrow tonight monday tuesday wednesday thursday friday",
    "assign reassign delegate hand transfer deputy responsible appoint nominate successor takeover",
    "remind nudge chase poke urge follow resend prod push reminder",
    "revert undo reopen rollback",
    "anonymize anonymise pseudonymise redact scrub",
    // To what.
    "user person people employee member staff colleague somebody someone worker hire starter joiner intern guy individual folk",
    "leave left leaver leaving quit resign fired sacked dismissed offboard depart departing departure ex former gone exit deprovision",
    "group team department squad",
    "email mail message inbox correspondence",
    "document file pdf attachment scan draft paper docx word exhibit annex appendix",
    "comment note remark message say said feedback discussion chat thread conversation",
    "audit log history trail trace event activity",
    "role permission privilege right access",
    "access login account signin seat",
    "webhook callback hook subscription notification event push",
    "status state progress stand stage phase step situation finished done ready poll job far running yet finish complete through",
    "cost price spend amount pay payment expense invoice charge money bill fee paid budget sum value worth",
    "company organization organisation org tenant firm business",
    "whoami token key credential login",
    "due deadline when date",
    "similar alternative instead substitute compete like replacement cheaper",
    "field column attribute property custom",
    "type kind category class sort",
    "link url address",
    "error fail failed broken problem issue crash",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("approvals", "approved"),
            ("approver", "approve"),
            ("users", "user"),
            ("companies", "company"),
            ("cancelling", "cancel"),
            ("signers", "signer"),
            ("comments", "comment"),
            ("integrations", "integrate"),
            ("deleted", "delete"),
            ("running", "run"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert_eq!(stem("status"), "status");
        assert_eq!(words("listAllUsers by_id, don't"), ["list", "all", "users", "dont"]);
    }

    #[test]
    fn a_misspelt_word_is_the_nearest_that_is_known() {
        let mut spelling = Spelling::default();
        for word in ["approvals", "contract", "signers", "user"] {
            spelling.learn(word.to_owned());
        }
        for (given, meant) in [
            ("contarct", Some("contract")),
            ("aprovals", Some("approvals")),
            ("usre", Some("user")),
            ("usxx", None),
            ("payroll", None),
            ("contract1", None),
            ("", None),
        ] {
            assert_eq!(spelling.meant(given).map(|(word, _)| word), meant, "{given}");
        }
        assert_eq!(spelling.meant(&"x".repeat(1_000)), None);
    }
}
