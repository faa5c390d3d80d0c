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
    while let Some((before, tag)) = rest.split_once('<') {
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

/// What follows a tag or a comment that begins here, and the content of an element nobody reads.
fn after(tag: &str) -> &str {
    if let Some(comment) = tag.strip_prefix("!--") {
        return behind(comment, "-->");
    }
    let mut rest = behind(tag, ">");
    let name = UNREAD.into_iter().find(|name| names(tag, name));
    while let Some(name) = name {
        let Some((_, closing)) = rest.split_once("</") else { return "" };
        rest = behind(closing, ">");
        if names(closing, name) {
            break;
        }
    }
    rest
}

/// Whether a tag is of the element `name`.
fn names(tag: &str, name: &str) -> bool {
    let (given, rest) = (tag.get(..name.len()), tag.get(name.len()..));
    let ends =
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()));
    ends && given.is_some_and(|given| given.eq_ignore_ascii_case(name))
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
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
