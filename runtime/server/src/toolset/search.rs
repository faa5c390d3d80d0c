//! Plain questions to tools. What counts is the words of a tool and of the questions that its
//! overlay has for it (BM25), the one question that is most alike (cosine), and what questions with
//! such words mostly want done, and to what (naive Bayes). All of it knows stems and groups of words
//! that mean the same, and takes an unknown word for the nearest known one.

mod labels;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};

use support::tool::ToolMethod;
use support::{Api, Tool};

pub(crate) use self::labels::Labels;
use self::words::{Groups, Spelling, first, stem, words};

/// How fast a repeated word stops counting (Robertson, BM25).
const K1: f32 = 0.5;
/// What the words of a tool's texts count beside those of its questions.
const NAME: f32 = 4.0;
const TITLE: f32 = 1.0;
const DESCRIPTION: f32 = 0.7;
/// What a group of words counts beside a word.
const GROUP: f32 = 0.9;
/// What a word counts that stands for one that no tool knows.
const MISSPELT: f32 = 0.9;
/// What counts for a name that no tool knows: the word for the kind of thing that it names.
const PROPER_NOUN: f32 = 0.5;
/// What the question that is most alike counts, the next and the one after that.
const ALIKE: [f32; 3] = [0.6, 0.3, 0.3];
/// What counts beside that when it is nearly the same.
const EXACT: f32 = 0.7;
/// What counts that questions with such words mostly want this done, and to this.
const DEED: f32 = 0.04;
const SUBJECT: f32 = 0.06;
/// How the first word of a question counts towards what is to be done.
const FIRST: f32 = 2.5;
/// How often a word must have been seen to be believed, for deeds and for subjects.
const DOUBT: [f32; 2] = [1.0, 0.5];
/// How much like one of a tool's own questions a query is that asks for that tool, whatever its
/// words.
const SAME: f32 = 0.8;

/// How questions begin that want to be told something.
const ASKING: [&str; 17] = [
    "what", "which", "who", "whose", "whom", "when", "where", "why", "is", "are", "was", "were",
    "has", "have", "did", "does", "any",
];

/// The longest question that is looked at, in characters.
pub(crate) const LONGEST_QUERY: usize = 1_000;
/// How many words of it.
const WORDS: usize = 48;
/// How many of them may be misspelt.
const MISSPELT_WORDS: usize = 8;

/// As much of a query as is looked at.
pub(crate) fn looked_at(query: &str) -> &str {
    let end = query.char_indices().nth(LONGEST_QUERY).map_or(query.len(), |(index, _)| index);
    query.get(..end).unwrap_or(query)
}

/// A tool that answers a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Its position among those of the API.
    pub(crate) tool: usize,
    /// How well it does, beside others of the same query.
    pub(crate) score: f32,
    /// Whether it removes or ends something.
    pub(crate) removes: bool,
    /// Whether it does, and nothing of that kind is asked for.
    pub(crate) uncalled_for: bool,
}

/// An index over the tools of one API. A group of words is a term as a word is.
#[derive(Debug)]
pub(crate) struct Index {
    groups: Groups,
    /// The terms of stems; those of groups come before, in their order.
    stems: HashMap<String, u32>,
    spelling: Spelling,
    terms: Vec<Term>,
    /// What questions want done, by their first words.
    beginnings: HashMap<String, [u32; DEEDS]>,
    questions: Vec<Question>,
    tools: Vec<Entry>,
    /// The questions of each deed, and of each subject.
    deeds: [u32; DEEDS],
    subjects: Vec<u32>,
    /// What a name that no tool knows is taken for.
    proper_noun: Option<u32>,
}

#[derive(Debug, Default)]
struct Term {
    /// The tools that have it, and how much.
    tools: Vec<(u32, f32)>,
    questions: Vec<u32>,
    /// In how many questions of each deed and subject it is.
    deeds: [u32; DEEDS],
    subjects: Vec<(u16, u32)>,
    /// How rare it is among tools, and among questions.
    rarity: f32,
    question_rarity: f32,
}

#[derive(Debug)]
struct Question {
    tool: u32,
    length: f32,
}

#[derive(Debug)]
struct Entry {
    deed: usize,
    subjects: Vec<u16>,
    /// The terms that say what it does, when it removes or ends something.
    removes: Option<Vec<u32>>,
}

/// What tools do, as questions are told apart by.
const DEEDS: usize = 6;

fn deed(tool: &Tool) -> usize {
    match tool.method {
        ToolMethod::List if tool.annotations.read_only => 0,
        _ if tool.annotations.read_only => 1,
        ToolMethod::Create => 2,
        ToolMethod::Update => 3,
        ToolMethod::Delete => 4,
        ToolMethod::Custom(_) if tool.annotations.destructive => 4,
        _ => 5,
    }
}

/// How much rarer than usual something is among `all` that `having` have (Robertson, BM25).
#[expect(clippy::cast_precision_loss, reason = "tools and questions are far fewer than 2^23")]
fn rarity(all: usize, having: usize) -> f32 {
    let (all, having) = (all as f32, having as f32);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// How much more often than in general something is seen, where it was seen `count` of `all` times.
#[expect(clippy::cast_precision_loss, reason = "questions are far fewer than 2^23")]
fn lift(count: u32, all: u32, share: f32, doubt: f32) -> f32 {
    let share = share.max(f32::EPSILON);
    ((count as f32 + doubt * share) / ((all as f32 + doubt) * share)).ln()
}

/// The share that `count` is of `all`.
#[expect(clippy::cast_precision_loss, reason = "questions are far fewer than 2^23")]
fn share(count: u32, all: u32) -> f32 {
    count as f32 / all.max(1) as f32
}

impl Index {
    /// The index over every tool of `api`, by its own groups of words and those of every API.
    pub(crate) fn new(api: &Api) -> Self {
        let groups = Groups::new(api.synonyms);
        let mut index = Self {
            terms: std::iter::repeat_with(Term::default).take(groups.count as usize).collect(),
            groups,
            stems: HashMap::new(),
            spelling: Spelling::default(),
            beginnings: HashMap::new(),
            questions: Vec::new(),
            tools: Vec::new(),
            deeds: [0; DEEDS],
            subjects: Vec::new(),
            proper_noun: None,
        };
        let slug = stem(api.slug);
        let mut tags: HashMap<&str, u16> = HashMap::new();
        for tool in api.tools {
            index.add(&slug, tool, &mut tags);
        }
        let (tools, questions) = (index.tools.len(), index.questions.len());
        for term in &mut index.terms {
            term.rarity = rarity(tools, term.tools.len());
            term.question_rarity = rarity(questions, term.questions.len());
            for number in &term.questions {
                index.questions[*number as usize].length += term.question_rarity.powi(2);
            }
        }
        for question in &mut index.questions {
            question.length = question.length.sqrt().max(f32::EPSILON);
        }
        index.proper_noun = words(api.proper_nouns).first().map(|word| index.term(stem(word)));
        index
    }

    fn add(&mut self, slug: &str, tool: &'static Tool, tags: &mut HashMap<&'static str, u16>) {
        let number = u32::try_from(self.tools.len()).unwrap_or(u32::MAX);
        let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
        for (text, weight) in
            [(tool.name, NAME), (tool.title, TITLE), (tool.description, DESCRIPTION)]
        {
            // What every name has says nothing; in a question the vendor's name may.
            for term in self.learned(text, Some(slug)) {
                *counts.entry(term).or_default() += weight;
            }
        }
        let mut subjects: Vec<u16> = Vec::new();
        for tag in tool.tags {
            let next = u16::try_from(tags.len()).unwrap_or(u16::MAX);
            subjects.push(*tags.entry(tag).or_insert(next));
        }
        self.subjects.resize(tags.len(), 0);
        let deed = deed(tool);
        for text in tool.questions.iter().chain([&tool.title]) {
            let question = u32::try_from(self.questions.len()).unwrap_or(u32::MAX);
            self.questions.push(Question { tool: number, length: 0.0 });
            self.deeds[deed] += 1;
            self.beginnings.entry(first(text)).or_default()[deed] += 1;
            for subject in &subjects {
                self.subjects[usize::from(*subject)] += 1;
            }
            let terms = self.learned(text, None);
            for term in &terms {
                *counts.entry(*term).or_default() += 1.0;
            }
            for term in terms.into_iter().collect::<HashSet<u32>>() {
                let term = &mut self.terms[term as usize];
                term.questions.push(question);
                term.deeds[deed] += 1;
                for subject in &subjects {
                    match term.subjects.iter_mut().find(|(known, _)| known == subject) {
                        Some((_, count)) => *count += 1,
                        None => term.subjects.push((*subject, 1)),
                    }
                }
            }
        }
        for (term, count) in counts {
            self.terms[term as usize].tools.push((number, count));
        }
        let removes = tool.annotations.destructive || tool.method == ToolMethod::Delete;
        let removes = removes.then(|| {
            let does = words(tool.method.as_str()).into_iter().take(1);
            let does = does.chain(words(tool.title).into_iter().take(1)).map(|word| stem(&word));
            does.flat_map(|stem| {
                self.meaning(&stem).chain(self.stems.get(&stem).copied()).collect::<Vec<_>>()
            })
            .collect()
        });
        self.tools.push(Entry { deed, subjects, removes });
    }

    /// The terms of a text of the tools', which are known from then on.
    fn learned(&mut self, text: &str, but: Option<&str>) -> Vec<u32> {
        let mut terms = Vec::new();
        for word in words(text) {
            let stem = stem(&word);
            if but != Some(&stem) {
                terms.extend(self.meaning(&stem));
                terms.push(self.term(stem));
                self.spelling.learn(word);
            }
        }
        terms
    }

    /// The term of a stem.
    fn term(&mut self, stem: String) -> u32 {
        *self.stems.entry(stem).or_insert_with(|| {
            self.terms.push(Term::default());
            u32::try_from(self.terms.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// The groups that a stem is in.
    fn meaning(&self, stem: &str) -> impl Iterator<Item = u32> {
        self.groups.of(stem).iter().copied()
    }

    /// The tools that answer `query`, best first.
    pub(crate) fn search(&self, query: &str) -> Vec<Found> {
        let query = looked_at(query);
        let wanted = self.wanted(query);
        let most: f32 = wanted
            .iter()
            .map(|(term, weight)| weight * self.terms[*term as usize].rarity * (K1 + 1.0))
            .sum();
        let mut scores = vec![0.0; self.tools.len()];
        for (term, weight) in &wanted {
            let term = &self.terms[*term as usize];
            for (tool, count) in &term.tools {
                scores[*tool as usize] +=
                    weight * term.rarity * count * (K1 + 1.0) / (count + K1) / most;
            }
        }
        let alike = self.alike(&wanted);
        let first = first(query);
        // Who says `cancelled deals` speaks of what was done.
        let asks = ASKING.contains(&first.as_str()) || first.ends_with("ed");
        let (deeds, subjects) = (self.deeds_of(&first, &wanted), self.subjects_of(&wanted));
        let mut found: Vec<Found> = Vec::new();
        for (number, tool) in self.tools.iter().enumerate() {
            let [same, ..] = alike[number];
            if scores[number] + same <= 0.0 {
                continue;
            }
            let alike: f32 =
                alike[number].iter().zip(ALIKE).map(|(alike, weight)| alike * weight).sum();
            let subject = tool.subjects.iter().map(|subject| subjects[usize::from(*subject)]);
            let subject = subject.reduce(f32::max).unwrap_or_default();
            let alike = alike + EXACT * same.powi(12);
            let score = scores[number] + alike + DEED * deeds[tool.deed] + SUBJECT * subject;
            let other_deed = deeds.iter().any(|deed| *deed > deeds[tool.deed]);
            let uncalled_for = same < SAME
                && tool.removes.as_ref().is_some_and(|does| {
                    asks || other_deed || !does.iter().any(|term| wanted.contains_key(term))
                });
            let removes = tool.removes.is_some();
            found.push(Found { tool: number, score, removes, uncalled_for });
        }
        found.sort_by(|one, other| {
            other.score.total_cmp(&one.score).then(one.tool.cmp(&other.tool))
        });
        found
    }

    /// How much alike each tool's three nearest questions are, from 0 to 1.
    fn alike(&self, wanted: &BTreeMap<u32, f32>) -> Vec<[f32; 3]> {
        let mut shared = vec![0.0; self.questions.len()];
        let mut length = 0.0;
        for (term, weight) in wanted {
            let term = &self.terms[*term as usize];
            length += (weight * term.question_rarity).powi(2);
            for question in &term.questions {
                shared[*question as usize] += weight * term.question_rarity.powi(2);
            }
        }
        let length = length.sqrt().max(f32::EPSILON);
        let mut nearest = vec![[0.0; 3]; self.tools.len()];
        for (question, shared) in self.questions.iter().zip(shared) {
            let mut alike = shared / (question.length * length);
            for place in &mut nearest[question.tool as usize] {
                if alike > *place {
                    std::mem::swap(&mut alike, place);
                }
            }
        }
        nearest
    }

    /// How much more than in general questions with such words want each deed.
    fn deeds_of(&self, first: &str, wanted: &BTreeMap<u32, f32>) -> [f32; DEEDS] {
        let all = self.deeds.iter().sum();
        let beginning = self.beginnings.get(first).map(|seen| (seen, FIRST));
        let seen = wanted.iter().map(|(term, weight)| (&self.terms[*term as usize].deeds, *weight));
        let mut lifts = [0.0; DEEDS];
        for (seen, weight) in seen.chain(beginning) {
            let sum = seen.iter().sum();
            for (deed, lifted) in lifts.iter_mut().enumerate() {
                *lifted += weight * lift(seen[deed], sum, share(self.deeds[deed], all), DOUBT[0]);
            }
        }
        lifts
    }

    /// How much more than in general such words are about each subject.
    fn subjects_of(&self, wanted: &BTreeMap<u32, f32>) -> Vec<f32> {
        let all = self.deeds.iter().sum();
        let mut lifts = vec![0.0; self.subjects.len()];
        let mut counts = vec![0; self.subjects.len()];
        for (term, weight) in wanted {
            let term = &self.terms[*term as usize];
            let sum = u32::try_from(term.questions.len()).unwrap_or(u32::MAX);
            counts.fill(0);
            for (subject, count) in &term.subjects {
                counts[usize::from(*subject)] = *count;
            }
            for ((lifted, count), questions) in lifts.iter_mut().zip(&counts).zip(&self.subjects) {
                *lifted += weight * lift(*count, sum, share(*questions, all), DOUBT[1]);
            }
        }
        lifts
    }

    /// The terms of a query, and what each counts.
    fn wanted(&self, query: &str) -> BTreeMap<u32, f32> {
        let mut wanted: BTreeMap<u32, f32> = BTreeMap::new();
        let mut raise = |term: u32, weight: f32| {
            let present = wanted.entry(term).or_default();
            *present = present.max(weight);
        };
        let capital = |given: &&str| given.starts_with(char::is_uppercase);
        let names: HashSet<String> =
            query.split_whitespace().skip(1).filter(capital).flat_map(words).collect();
        let (mut stranger, mut misspelt) = (false, 0);
        for word in words(query).into_iter().take(WORDS) {
            let stemmed = stem(&word);
            let known = self.stems.get(&stemmed);
            let mut mean = |stemmed: &str, weight: f32| {
                self.stems.get(stemmed).into_iter().for_each(|term| raise(*term, weight));
                self.meaning(stemmed).for_each(|group| raise(group, GROUP));
            };
            if known.is_some() || !self.groups.of(&stemmed).is_empty() {
                mean(&stemmed, 1.0);
                continue;
            }
            if self.proper_noun.is_some() && names.contains(&word) {
                stranger = true;
                continue;
            }
            misspelt += 1;
            if misspelt <= MISSPELT_WORDS
                && let Some((meant, alike)) = self.spelling.meant(&word)
            {
                mean(&stem(meant), MISSPELT * alike);
            }
        }
        // A name alone says nothing: it may be a word of another language.
        if let Some(noun) = self.proper_noun.filter(|_| stranger && !wanted.is_empty()) {
            wanted.entry(noun).or_insert(PROPER_NOUN);
        }
        wanted
    }
}

#[cfg(test)]
mod tests;
