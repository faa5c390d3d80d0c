use std::sync::Arc;

use super::*;
use crate::testing::DEMO;
use crate::tools::Catalogue;
use crate::toolset::{Filter, Toolset};

/// What people ask an API, as `question | tools that answer it`. No line is repeated by an error:
/// one of these files is not read by whoever works on the search.
fn asked(api: &'static Api, file: &str) -> Vec<(String, Vec<&'static Tool>)> {
    let specs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let Ok(text) = std::fs::read_to_string(specs.join(api.slug).join(file)) else {
        return Vec::new();
    };
    let lines = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    lines
        .map(|(number, line)| {
            let place = || format!("{}/{file}, line {}", api.slug, number + 1);
            let Some((question, tools)) = line.split_once(" | ") else { panic!("{}", place()) };
            let tool = |name: &str| api.tool(name.trim()).unwrap_or_else(|| panic!("{}", place()));
            (question.to_owned(), tools.split(',').map(tool).collect())
        })
        .collect()
}

/// How a search did: the right tool first, among the first five, of how many; and how often one that
/// removes was first where no right one does.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    first: usize,
    five: usize,
    asked: usize,
    removing: usize,
}

impl Score {
    fn of<'q>(
        toolset: &Toolset,
        questions: impl Iterator<Item = (&'q str, &'q [&'static Tool])>,
    ) -> Self {
        let mut score = Self::default();
        for (question, tools) in questions {
            let found = toolset.search(question);
            let right = |tool: &Tool| tools.iter().any(|right| right.name == tool.name);
            let place = found.iter().position(|served| right(served.tool));
            score.asked += 1;
            score.first += usize::from(place == Some(0));
            score.five += usize::from(place.is_some_and(|place| place < 5));
            let removes = |tool: &Tool| tool.annotations.destructive;
            let unasked = found.first().is_some_and(|first| removes(first.tool))
                && !tools.iter().any(|tool| removes(tool));
            score.removing += usize::from(unasked);
        }
        score
    }

    fn and(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            five: self.five + other.five,
            asked: self.asked + other.asked,
            removing: self.removing + other.removing,
        }
    }

    /// Whether at least so many of a hundred are first, and among the first five.
    fn reaches(self, first: usize, five: usize) -> bool {
        self.first * 100 >= self.asked * first && self.five * 100 >= self.asked * five
    }
}

fn everything(api: &'static Api) -> Toolset {
    // Deprecated tools are shown to whoever names them only.
    Toolset::build(&Arc::new(Catalogue::new(api)), &Filter::default())
}

fn score(file: &str) -> Score {
    let mut sum = Score::default();
    for api in crate::apis::apis() {
        let questions = asked(api, file);
        let lines = questions.iter().map(|(question, tools)| (question.as_str(), &tools[..]));
        let score = Score::of(&everything(api), lines);
        println!("{} {file}: {score:?}", api.slug);
        sum = sum.and(score);
    }
    sum
}

/// The questions that the search is tuned on.
#[test]
fn plain_questions_find_their_tool() {
    let score = score("questions.txt");
    assert!(score.asked >= 200, "{score:?}");
    assert!(score.reaches(85, 98), "{score:?}");
    assert_eq!(score.removing, 0, "{score:?}");
}

/// Questions that it is not tuned on, written without sight of it. Only counts are told. What
/// removes should never be the first unasked; once it is.
#[test]
fn questions_of_others_find_their_tool() {
    let score = score("held-out.txt");
    assert!(score.asked >= 300, "{score:?}");
    assert!(score.reaches(80, 95), "{score:?}");
    assert!(score.removing <= 1, "{score:?}");
}

#[test]
fn a_tool_is_found_by_its_own_questions() {
    let mut sum = Score::default();
    for api in crate::apis::apis() {
        let toolset = everything(api);
        let tools: Vec<&Tool> = toolset.tools().iter().map(|served| served.tool).collect();
        let short: Vec<&str> =
            tools.iter().filter(|tool| tool.questions.len() < 8).map(|tool| tool.name).collect();
        assert!(short.is_empty(), "fewer than eight questions: {short:?}");
        let own = tools.iter().flat_map(|tool| {
            tool.questions.iter().map(|question| (*question, std::slice::from_ref(tool)))
        });
        sum = sum.and(Score::of(&toolset, own));
    }
    assert!(sum.reaches(97, 99), "{sum:?}");
    assert_eq!(sum.removing, 0, "{sum:?}");
}

#[test]
fn what_is_misspelt_is_found_all_the_same() {
    let api = crate::apis::apis()[0];
    let toolset = everything(api);
    for (right, wrong) in [
        ("list webhooks", "lsit webhoks"),
        ("cancel the signature request", "cancle the signatur reqest"),
        ("who approved the contract", "who aproved the contarct"),
        ("create a user group", "craete a user gruop"),
    ] {
        let names = |query| toolset.search(query)[0].name().to_owned();
        assert_eq!(names(right), names(wrong), "{wrong}");
    }
}

#[test]
fn a_query_that_says_nothing_finds_nothing() {
    for api in crate::apis::apis() {
        let toolset = everything(api);
        for query in [
            "",
            " \n",
            "the of and is it",
            "?!",
            "🎉",
            "ausgelaufene Verträge anzeigen",
            "契約を見せて",
        ] {
            let found: Vec<&str> =
                toolset.search(query).iter().map(|served| served.name()).collect();
            assert!(found.is_empty(), "{query}: {found:?}");
        }
    }
}

#[test]
fn groups_of_words_and_proper_nouns_are_those_of_the_api_that_is_searched() {
    let api = |synonyms, proper_nouns| Api { synonyms, proper_nouns, ..DEMO };
    let finds = |api: &Api, question| !Index::new(api).search(question).is_empty();
    assert!(finds(&api(&["thing gadget"], ""), "gadgets"));
    assert!(!finds(&api(&["thing widget"], ""), "gadgets"));
    assert!(finds(&api(&[], "thing"), "everybody on Quuxly"));
    assert!(!finds(&api(&[], ""), "yesterday on Quuxly"));
    assert!(!finds(&api(&[], "thing"), "yesterday on Quuxly"));
}

#[test]
fn no_more_of_a_query_is_looked_at_than_anybody_asks() {
    assert_eq!(looked_at(&"é".repeat(2_000)), "é".repeat(LONGEST_QUERY));
    assert_eq!(looked_at("short"), "short");
    let index = Index::new(crate::apis::apis()[0]);
    let question = "list users ".repeat(LONGEST_QUERY / 11 + 1);
    let names = |query: &str| -> Vec<usize> {
        index.search(query).into_iter().map(|found| found.tool).collect()
    };
    assert_eq!(names(&question), names(&question.repeat(1_000)));
}

/// A tenant's launch tools beside the others, by labels.
fn launching(labels: &[&str]) -> Toolset {
    let catalogue = Arc::new(Catalogue::new(&DEMO));
    let templates = labels.iter().enumerate().map(|(number, label)| {
        serde_json::json!({"id": format!("id{number}"), "name": label, "schema": {}})
    });
    let answer = serde_json::json!({"list": templates.collect::<Vec<_>>()});
    let plain = Toolset::build(&catalogue, &Filter::default());
    crate::toolset::launch::extended(&plain, &Filter::default(), &answer).unwrap()
}

#[test]
fn launch_tools_are_found_by_their_labels() {
    let labels = ["Standard Mutual NDA", "Vendor Agreement", "Lease Agreement", "契約", "🎉"];
    let toolset = launching(&labels);
    let title = |query| {
        let found = toolset.search(query).into_iter().find_map(|served| served.launch());
        found.map(|launch| launch.title.as_str())
    };
    for (query, found) in [
        ("create an NDA with Globex", "Launch Standard Mutual NDA"),
        ("a vendor agreement for TechLogix", "Launch Vendor Agreement"),
        ("new laese", "Launch Lease Agreement"),
        ("契約", "Launch 契約"),
        ("start the 🎉 one", "Launch 🎉"),
    ] {
        assert_eq!(title(query), Some(found), "{query}");
    }
    assert_eq!(title("list all things"), None);
    // Whoever creates is led to the template first.
    let first = toolset.search("create a vendor agreement")[0];
    assert!(first.launch().is_some(), "{}", first.name());
}

#[test]
fn a_tool_that_removes_is_not_the_first_unless_that_is_asked_for() {
    let catalogue = Arc::new(Catalogue::new(&DEMO));
    let toolset = Toolset::build(&catalogue, &Filter::default());
    let removes = |query| toolset.search(query)[0].tool.method == ToolMethod::Delete;
    for query in
        ["thing", "things", "which things are there", "which things were deleted", "one thing"]
    {
        assert!(!removes(query), "{query}");
    }
    for query in ["delete a thing", "remove this thing", "get rid of the thing", "erase thing 7"] {
        assert!(removes(query), "{query}");
    }
}

/// The tools of the APIs on board, again and again under other names: how long a search takes.
/// `cargo test --release -p runtime --lib -- --ignored --nocapture a_thousand_tools`
#[test]
#[ignore = "it tells a figure, of an optimised build"]
fn a_search_among_a_thousand_tools_takes_so_long() {
    use std::time::{Duration, Instant};
    let rows: Vec<&Tool> = crate::apis::apis().iter().flat_map(|api| api.tools).collect();
    let again = |(number, tool): (usize, &&'static Tool)| {
        let name: &'static str = format!("{}_{number}", tool.name).leak();
        Tool {
            title: tool.title,
            description: tool.description,
            method: tool.method,
            tags: tool.tags,
            annotations: tool.annotations,
            questions: tool.questions,
            ..Tool::plain(name, tool.schemas, tool.operation, tool.request)
        }
    };
    let many: Vec<Tool> = rows.iter().cycle().take(1_000).enumerate().map(again).collect();
    let toolset = everything(Box::leak(Box::new(Api { tools: many.leak(), ..DEMO })));
    let search = |query: &str| -> Duration {
        let start = Instant::now();
        std::hint::black_box(toolset.search(query));
        start.elapsed()
    };
    println!("with the index: {:?}", search("first"));
    let questions: Vec<&str> = rows.iter().flat_map(|tool| tool.questions).copied().collect();
    let mut times: Vec<Duration> = questions.iter().map(|question| search(question)).collect();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{} searches: median {:?}, p99 {:?}", times.len(), at(50), at(99));
    println!("the longest query: {:?}", search(&questions.join(" ")));
}
