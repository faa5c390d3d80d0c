//! Plain questions to tools: BM25 over names, titles, tags and descriptions, with a small stemmer and synonyms.

use std::collections::{BTreeMap, HashMap};

use support::Tool;

/// How fast a repeated word stops counting, and how much long texts are held against a tool (Robertson, BM25).
const K1: f32 = 1.2;
const B: f32 = 0.5;
/// What a synonym counts beside the word itself.
const SYNONYM: f32 = 0.6;

/// An index over the tools of one API.
#[derive(Debug)]
pub(crate) struct Index {
    postings: HashMap<String, Vec<(usize, f32)>>,
    /// Weighted words per tool, over the mean.
    length: Vec<f32>,
}

impl Index {
    pub(crate) fn new<'t>(slug: &str, tools: impl Iterator<Item = &'t Tool>) -> Self {
        let mut postings: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
        let mut length = Vec::new();
        for (number, tool) in tools.enumerate() {
            let counts = weighted(slug, tool);
            length.push(counts.values().sum());
            for (word, weight) in counts {
                postings.entry(word).or_default().push((number, weight));
            }
        }
        let mean = (length.iter().sum::<f32>() / length.len().max(1) as f32).max(1.0);
        length.iter_mut().for_each(|own| *own /= mean);
        Self { postings, length }
    }

    /// The tools that answer `query`, best first, by their position.
    pub(crate) fn search(&self, query: &str) -> Vec<usize> {
        let mut scores: BTreeMap<usize, f32> = BTreeMap::new();
        for (word, weight) in expanded(query) {
            let Some(found) = self.postings.get(&word) else { continue };
            let (all, having) = (self.length.len() as f32, found.len() as f32);
            let rarity = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
            for &(number, count) in found {
                let score = count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * self.length[number]));
                *scores.entry(number).or_default() += weight * rarity * score;
            }
        }
        let mut ranked: Vec<(usize, f32)> = scores.into_iter().collect();
        ranked.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        ranked.into_iter().map(|(number, _)| number).collect()
    }
}

/// The words of a tool; its name says more than its description.
fn weighted(slug: &str, tool: &Tool) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    let mut add = |text: &str, weight: f32| {
        for word in words(text).filter(|word| word != slug) {
            *counts.entry(word).or_default() += weight;
        }
    };
    add(tool.name, 3.0);
    add(tool.title, 2.0);
    add(tool.method.as_str(), 1.0);
    tool.tags.iter().for_each(|tag| add(tag, 0.7));
    add(tool.description, 1.0);
    add(tool.detail, 0.3);
    counts
}

/// The words of a query with their synonyms.
fn expanded(query: &str) -> HashMap<String, f32> {
    let mut wanted: HashMap<String, f32> = HashMap::new();
    for word in words(query).take(64) {
        for group in SYNONYMS.iter().filter(|group| group.split(' ').any(|one| stem(one) == word)) {
            for other in group.split(' ').map(stem).filter(|other| *other != word) {
                let weight = wanted.entry(other).or_default();
                *weight = weight.max(SYNONYM);
            }
        }
        wanted.insert(word, 1.0);
    }
    wanted
}

/// Lower-case stems; words that say nothing are left out.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut parts: Vec<String> = Vec::new();
    let mut lower_before = false;
    for letter in text.chars() {
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
    parts.into_iter().filter(|part| !part.is_empty() && !SILENT.contains(&part.as_str())).map(|part| stem(&part))
}

/// A light suffix stripper: enough for one domain, and stable.
fn stem(word: &str) -> String {
    let strip = |word: &str| -> Option<String> {
        for (suffix, instead) in [
            ("ies", "y"),
            ("sses", "ss"),
            ("ations", "ate"),
            ("ation", "ate"),
            ("ments", ""),
            ("ment", ""),
            ("ings", ""),
            ("ing", ""),
            ("ers", ""),
            ("er", ""),
            ("als", ""),
            ("al", ""),
            ("ed", ""),
            ("es", ""),
            ("s", ""),
        ] {
            if let Some(rest) = word.strip_suffix(suffix)
                && rest.len() >= 3
                && !(suffix == "s" && rest.ends_with(['s', 'u', 'i']))
            {
                return Some(format!("{rest}{instead}"));
            }
        }
        None
    };
    let mut stem = strip(word).unwrap_or_else(|| word.to_owned());
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let bytes = stem.as_bytes();
    if bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] && matches!(bytes[bytes.len() - 1], b'l' | b'n' | b'p' | b't') {
        stem.pop();
    }
    stem
}

/// Words that say nothing about which tool is meant.
const SILENT: [&str; 60] = [
    "a", "an", "the", "of", "in", "on", "to", "for", "by", "with", "and", "or", "is", "are", "was", "be", "it", "its", "this", "that",
    "these", "those", "my", "our", "your", "their", "we", "i", "you", "me", "us", "do", "does", "did", "can", "could", "would", "should",
    "please", "how", "from", "at", "as", "all", "every", "any", "some", "single", "there", "has", "have", "had", "which", "what", "who",
    "want", "need", "id", "if", "not",
];

/// Words that mean the same to those who ask.
const SYNONYMS: &[&str] = &[
    "delete remove offboard erase deprovision drop",
    "create add new make start launch submit register begin insert",
    "update change edit modify set rename replace adjust",
    "list show find search fetch look see browse enumerate overview",
    "get read show fetch details detail open view retrieve look",
    "cancel stop abort terminate withdraw",
    "pause hold suspend",
    "resume continue unpause",
    "user person people employee member staff colleague account owner",
    "group team department",
    "app application software tool saas product service",
    "workflow contract agreement nda deal launch",
    "record contract agreement repository",
    "schema template form field attribute",
    "approval approve approver approved sign-off signoff",
    "signature sign signer signed esign",
    "comment note message discuss remark",
    "document file attachment pdf download upload",
    "audit log history activity trail event",
    "transaction expense spend spending payment cost invoice money",
    "contract renewal subscription license licence",
    "role permission privilege",
    "webhook subscription notification callback",
    "status state progress stand track poll job",
    "export download report",
    "entity counterparty vendor company relationship",
    "email mail address",
    "me organization organisation org tenant company whoami",
    "plugin integration connector",
    "participant assignee turn",
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
            ("signers", "sign"),
            ("comments", "comment"),
            ("integrations", "integrate"),
            ("deleted", "delete"),
            ("running", "run"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert_eq!(stem("status"), "status");
        assert_eq!(words("listAllUsers by_id").collect::<Vec<_>>(), ["list", "user"]);
    }
}
