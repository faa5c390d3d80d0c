//! The labels of a tenant's launch tools, by their words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::words::{Spelling, stem, words};
use super::{MISSPELT, MISSPELT_WORDS, WORDS, looked_at, rarity};

/// An index over labels, each with a number.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// The labels that a word is in, and how rare it is.
    of_word: HashMap<String, (Vec<usize>, f32)>,
    /// How much the words of each label weigh together.
    weights: HashMap<usize, f32>,
    spelling: Spelling,
}

impl Labels {
    pub(crate) fn new<'l>(labels: impl Iterator<Item = (usize, &'l str)>) -> Self {
        let mut index = Self::default();
        let mut all = 0;
        for (number, label) in labels {
            all += 1;
            let words = pieces(label);
            for stem in words.iter().map(|word| stem(word)).collect::<BTreeSet<String>>() {
                index.of_word.entry(stem).or_default().0.push(number);
            }
            for word in words {
                index.spelling.learn(word);
            }
        }
        for (labels, weight) in index.of_word.values_mut() {
            *weight = rarity(all, labels.len());
            for label in labels {
                *index.weights.entry(*label).or_default() += *weight;
            }
        }
        index
    }

    /// The labels that `query` names, and how much of each, from 0 to 1.
    pub(crate) fn named(&self, query: &str) -> BTreeMap<usize, f32> {
        let mut named: BTreeMap<usize, f32> = BTreeMap::new();
        let mut misspelt = 0;
        for word in pieces(looked_at(query)).into_iter().take(WORDS) {
            let mut share = 1.0;
            let mut known = self.of_word.get(&stem(&word));
            if known.is_none() && misspelt < MISSPELT_WORDS {
                misspelt += 1;
                let meant = self.spelling.meant(&word);
                known = meant.and_then(|(meant, _)| self.of_word.get(&stem(meant)));
                share = meant.map_or(0.0, |(_, alike)| MISSPELT * alike);
            }
            let Some((labels, weight)) = known else { continue };
            for label in labels {
                *named.entry(*label).or_default() += share * weight / self.weights[label];
            }
        }
        for share in named.values_mut() {
            *share = share.min(1.0);
        }
        named
    }
}

/// The words of a text, each once and sorted; what stands between spaces and is none, too: a label
/// may have nothing else.
fn pieces(text: &str) -> BTreeSet<String> {
    let wordless = |piece: &&str| !piece.contains(char::is_alphanumeric);
    let wordless = text.split_whitespace().filter(wordless).map(str::to_owned);
    words(text).into_iter().chain(wordless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_named_by_the_words_that_tell_it_from_others() {
        let all = ["Vendor Agreement", "Standard Mutual NDA", "Lease Agreement", "契約", "🎉"];
        let labels = Labels::new(all.into_iter().enumerate());
        let best = |query: &str| {
            let named = labels.named(query);
            named
                .into_iter()
                .max_by(|(_, one), (_, other)| one.total_cmp(other))
                .map(|(label, _)| label)
        };
        for (query, label) in [
            ("launch a vendor agreement with TechLogix", Some(0)),
            ("an NDA for Globex", Some(1)),
            ("new lease", Some(2)),
            ("new laese", Some(2)),
            ("契約", Some(3)),
            ("start the 🎉 one", Some(4)),
            ("cancel a workflow", None),
            ("", None),
        ] {
            assert_eq!(best(query), label, "{query}");
        }
        assert!(labels.named("an agreement")[&0] < 0.5);
    }
}
