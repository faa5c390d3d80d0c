//! Doc comments, read as rustdoc reads them.

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::*;

#[test]
fn prose_becomes_text_that_rustdoc_reads_as_it_stands() {
    let text = "See [the guide](https://example.com/a_b) or <b>call</b> `List<Item>`.<br/>Vec<T> & a_b_c*\r\n\r\n# Head\n* one\n  two\n* three\n\n```json\n{\"a\": [1]}\n```\n\tfour\u{202e}\u{200b} [x] ``` `open";
    assert_eq!(
        comment(text, 4),
        "    /// See \\[the guide\\](<https://example.com/a_b>) or call `List<Item>`. Vec\\<T\\> & a_b_c\\*\n    ///\n    /// Head\n    ///\n    /// - one two\n    /// - three\n    ///\n    /// ```text\n    /// {\"a\": [1]}\n    /// ```\n    ///\n    /// four \\[x\\] \\`\\`\\` \\`open\n"
    );
}

#[test]
fn texts_are_cut_at_sentences() {
    assert_eq!(cut("One. Two three. Four five six.", 16), "One. Two three.");
    assert_eq!(cut("Onetwothree fourfive", 12), "Onetwothree…");
    assert_eq!(sentence("Uses e.g. this. And that.", 100), "Uses e.g. this.");
    assert_eq!(brief("a\nb\n\nc", 100), "a b");
}

#[test]
fn a_wrapped_line_never_begins_a_block() {
    let text = format!("{} - 1. # > = x", "word ".repeat(20));
    for line in comment(&text, 0).lines() {
        let body = line.trim_start_matches("/// ");
        assert!(!starts_block(body.split(' ').next().unwrap()), "{line}");
    }
}

/// Text as hostile as descriptions come: marks of Markdown, HTML, addresses and rustdoc's own
/// links, in any order.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9]{1,6}",
        " {1,5}",
        "\n{1,2}",
        "\n {0,6}",
        "[-*+_~`#>|\\\\\\[\\](){}<>!&$^=:.;\"'/]{1,4}",
        proptest::sample::select(vec![
            "[a](b)",
            "[Vec]",
            "[a][b]",
            "[b]: c",
            "[^1]",
            "[^1]: note",
            "[ ] x",
            "![i](j)",
            "<b>",
            "</b>",
            "<T>",
            "<!--",
            "-->",
            "<?",
            "<![CDATA[",
            "<a href='x'>",
            "<br/>",
            "<li>",
            "https://example.com/a_b*c",
            "http://a.b",
            "<https://example.com>",
            "https://",
            "www.example.com",
            "me@example.com",
            "`code`",
            "``",
            "```",
            "~~~rust",
            "```rust\nfn",
            "    let x = 1;",
            "\t",
            "1. ",
            "1) ",
            "- ",
            "* ",
            "> ",
            "# ",
            "| a | b |\n|---|---|\n",
            "---",
            "===",
            "***",
            "&lt;b&gt;",
            "&#60;",
            "*/",
            "/*",
            "word word word word word word word word word word word word word",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// What rustdoc would find in Markdown, with the parser and the extensions that it uses.
fn found_by_rustdoc(text: &str) -> Vec<String> {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION;
    let mut found = Vec::new();
    let mut broken = |link: pulldown_cmark::BrokenLink<'_>| {
        found.push(format!("a link to {}", link.reference));
        None
    };
    let mut events = Vec::new();
    let mut apart = false;
    let mut prose = String::new();
    for event in Parser::new_with_broken_link_callback(text, extensions, Some(&mut broken)) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => events.push(format!("HTML {html}")),
            Event::Start(Tag::CodeBlock(kind)) => {
                apart = true;
                if kind != CodeBlockKind::Fenced("text".into()) {
                    events.push(format!("code {kind:?}"));
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                apart = true;
                if !dest_url.starts_with("http") {
                    events.push(format!("a link to {dest_url}"));
                }
            }
            Event::End(TagEnd::Link | TagEnd::CodeBlock) => apart = false,
            Event::Start(
                tag @ (Tag::Image { .. }
                | Tag::FootnoteDefinition(_)
                | Tag::Heading { .. }
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough),
            ) => events.push(format!("{tag:?}")),
            Event::Text(text) if !apart => prose.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                prose.push('\n');
            }
            _ => {}
        }
    }
    let bare = ["http://", "https://"].iter().any(|scheme| prose.contains(scheme));
    events.extend(bare.then(|| format!("a bare address in {prose}")));
    found.extend(events);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_a_description_holds_rustdoc_finds_text(text in hostile(), indent in 0_usize..9) {
        let comment = comment(&text, indent);
        let markdown: Vec<&str> = comment
            .lines()
            .map(|line| line.trim_start().trim_start_matches("///"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        prop_assert_eq!(found_by_rustdoc(&markdown.join("\n")), Vec::<String>::new(), "{}", comment);
    }
}
