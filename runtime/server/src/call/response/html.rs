//! What a page for browsers says, without what makes it a page. For error pages only: what stands
//! between tags, in order, is all that is wanted of them.

/// Elements whose content nobody reads.
const UNREAD: [&str; 4] = ["script", "style", "svg", "template"];
/// The references that error pages use.
const REFERENCES: [(&str, &str); 7] = [
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&amp;", "&"),
];

/// The text of a page, its white space made single; a text that says the same again, as a title and
/// its heading do, once.
pub(super) fn text(page: &str) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        say(&mut said, before);
        rest = after(tag);
    }
    say(&mut said, rest);
    said.join(" ")
}

fn say(said: &mut Vec<String>, text: &str) {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (reference, letter) in REFERENCES {
        text = text.replace(reference, letter);
    }
    let text = text.trim();
    if !text.is_empty() && said.last().is_none_or(|last| last != text) {
        said.push(text.to_owned());
    }
}

/// What follows a tag or a comment, and the content of an element that nobody reads.
fn after(tag: &str) -> &str {
    let behind = |text: &'_ str, end: &str| text.find(end).map(|at| at + end.len());
    if tag.starts_with("<!--") {
        return behind(tag, "-->").map_or("", |end| &tag[end..]);
    }
    let Some(end) = behind(tag, ">") else { return "" };
    let name: String = tag
        .chars()
        .skip(1)
        .take_while(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .take(16)
        .collect();
    let rest = &tag[end..];
    if !UNREAD.contains(&name.as_str()) {
        return rest;
    }
    let closing = format!("</{name}");
    let found = rest.char_indices().map(|(at, _)| &rest[at..]).find(|rest| {
        rest.get(..closing.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(&closing))
    });
    found.map_or("", |closing| behind(closing, ">").map_or("", |end| &closing[end..]))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn an_error_page_is_what_it_says() {
        for (page, says) in [
            (
                "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>h1{color:red}</style></head>\n\
                 <body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>",
                "502 Bad Gateway nginx",
            ),
            (
                "<html><!-- <b>x</b> --><p>Sorry,\n &quot;we&#39;re&quot; down &amp; out</p>",
                "Sorry, \"we're\" down & out",
            ),
            ("<script>if (a<b) alert('</p>')</SCRIPT >after", "after"),
            ("<p>open", "open"),
            ("a < b", "a"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("<script>never closed", ""),
            ("", ""),
        ] {
            assert_eq!(text(page), says, "{page}");
        }
    }
}
