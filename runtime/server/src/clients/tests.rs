//! Every template of `clients.yaml`, filled in and read by what reads it later.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value as Filled;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::endpoint::key;
use super::{Client, Endpoint, Language, Settings, TOKEN_PLACEHOLDER, all, bridge, places};

const TOKEN: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF";
const EXPECTED: [&str; 12] = [
    "claude",
    "claude-desktop",
    "claude-code",
    "chatgpt",
    "cursor",
    "vscode",
    "codex",
    "gemini",
    "langchain",
    "autogen",
    "mcp-config",
    "curl",
];

fn url() -> String {
    format!("https://mcp.example.com/mcp/{TOKEN}?methods=read&tags=users,apps")
}

fn endpoint(name: &str, token: bool) -> Endpoint {
    Endpoint::new(&url(), name, token).unwrap()
}

/// Everything that people could be shown of it.
fn texts(settings: &Settings) -> Vec<&str> {
    let snippets = settings.snippets.iter().map(|snippet| snippet.text.as_str());
    let lists = [&settings.warnings, &settings.steps, &settings.notes];
    let lists = lists.into_iter().flatten().map(String::as_str);
    lists.chain(snippets).chain(settings.link.as_ref().map(|link| link.url.as_str())).collect()
}

/// The object that a JSON snippet has for the one server in it.
fn server(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let servers = document.get("mcpServers").or_else(|| document.get("servers")).unwrap();
    let servers = servers.as_object().unwrap();
    assert_eq!(servers.len(), 1, "{text}");
    servers.values().next().unwrap().clone()
}

/// The query of a link as its receiver reads it.
fn query(link: &str, name: &str) -> Option<String> {
    let url = Url::parse(link).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What a shell makes of words.
fn shell(words: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {words}");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{words}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn the_promised_clients_are_there_with_a_date_each() {
    let ids: Vec<_> = all().iter().map(|client| client.id.as_str()).collect();
    assert_eq!(ids, EXPECTED);
    for client in all().iter().chain([bridge()]) {
        let checked: jiff::civil::Date = client.checked.parse().unwrap();
        assert_eq!(checked.to_string(), client.checked, "{}", client.id);
    }
}

#[test]
fn every_template_can_be_filled_and_leaves_no_mark_behind() {
    for client in all().iter().chain([bridge()]) {
        for token in [false, true] {
            let settings = client.settings(&endpoint("Legal Ops", token));
            for text in texts(&settings) {
                assert!(!text.contains("{{") && !text.contains("{%"), "{}: {text}", client.id);
            }
            let possible = client.sends_token || !token;
            assert_eq!(!settings.steps.is_empty(), possible, "{}", client.id);
            assert_eq!(!settings.snippets.is_empty(), possible, "{}", client.id);
        }
    }
}

#[test]
fn the_url_stands_in_all_that_is_pasted_and_in_no_link_to_a_web_site() {
    for client in all() {
        let settings = client.settings(&endpoint("Legal Ops", false));
        for snippet in &settings.snippets {
            assert!(snippet.text.contains(&url()), "{}: {}", client.id, snippet.text);
        }
        if let Some(link) = settings.link {
            let decoded = percent_encoding::percent_decode_str(&link.url).decode_utf8().unwrap();
            let web = link.url.starts_with("http");
            let config = query(&link.url, "config").map(|text| STANDARD.decode(text).unwrap());
            let inside = String::from_utf8(config.unwrap_or_default()).unwrap();
            let holds = decoded.contains(TOKEN) || inside.contains(TOKEN);
            assert_eq!(holds, !web, "{}: {}", client.id, link.url);
        }
        for text in settings.steps.iter().chain(&settings.notes).chain(&settings.warnings) {
            assert!(!text.contains(TOKEN), "{}: {text}", client.id);
        }
    }
}

#[test]
fn a_second_factor_is_sent_or_said_to_be_impossible() {
    for client in all() {
        let without = client.settings(&endpoint("Legal Ops", false));
        assert!(!texts(&without).concat().contains(TOKEN_PLACEHOLDER), "{}", client.id);
        assert!(without.warnings.is_empty(), "{}: {:?}", client.id, without.warnings);
        let with = client.settings(&endpoint("Legal Ops", true));
        if !client.sends_token {
            assert!(with.warnings[0].contains("cannot send an API token"), "{}", client.id);
            assert!(with.link.is_none(), "{}", client.id);
            continue;
        }
        for snippet in with.snippets.iter().filter(|one| one.language == Language::Json) {
            let server = server(&snippet.text);
            let sent = [&server["headers"]["Authorization"], &server["env"]["AUTHORIZATION"]];
            let sent = sent.into_iter().find_map(Value::as_str).unwrap();
            assert!(sent.starts_with("Bearer "), "{}: {}", client.id, snippet.text);
        }
        assert!(
            texts(&with).concat().contains(TOKEN_PLACEHOLDER)
                || texts(&with).concat().contains("DRAWBRIDGE_API_TOKEN")
                || texts(&with).concat().contains("promptString"),
            "{}",
            client.id
        );
    }
}

#[test]
fn a_sign_in_is_gone_through_or_said_to_be_impossible() {
    for client in all() {
        let with = client.settings(&endpoint("Legal Ops", false).with_sign_in());
        let impossible = with.warnings.iter().any(|words| words.contains("no sign-in page"));
        assert_eq!(
            (impossible, with.steps.is_empty()),
            (!client.signs_in, !client.signs_in),
            "{}",
            client.id
        );
        assert!(!texts(&with).concat().contains("No authentication"), "{}", client.id);
    }
}

#[test]
fn clients_in_a_cloud_are_warned_of_what_they_cannot_reach() {
    let claude = super::find("claude").unwrap();
    for (origin, reached) in [
        ("https://mcp.example.com", true),
        ("https://example.com/drawbridge", true),
        ("http://mcp.example.com", false),
        ("http://127.0.0.1:8484", false),
        ("https://192.168.1.4", false),
        ("https://[::1]:8484", false),
        ("https://localhost", false),
        ("https://gateway", false),
        ("https://mcp.corp.internal", false),
    ] {
        let endpoint = Endpoint::new(&format!("{origin}/mcp/{TOKEN}"), "x", false).unwrap();
        assert_eq!(claude.settings(&endpoint).warnings.is_empty(), reached, "{origin}");
        let code = super::find("claude-code").unwrap();
        assert!(code.settings(&endpoint).warnings.is_empty(), "{origin}");
    }
}

#[test]
fn only_urls_of_mcp_servers_are_taken() {
    use super::BadEndpoint::{Extra, NoServer, NoUrl, OlderTransport, Query, TooLong};
    for (url, expected) in [
        ("", NoUrl),
        ("mcp/abc", NoUrl),
        ("ftp://example.com/mcp/abc", NoUrl),
        ("https://example.com", NoServer),
        ("https://example.com/mcp", NoServer),
        ("https://example.com/mcp/", NoServer),
        ("https://example.com/mcp/abc/def", NoServer),
        ("https://example.com/mcp/a%20b", NoServer),
        ("https://example.com/mcp/${HOME}", NoServer),
        ("https://example.com/sse/abc", OlderTransport),
        ("https://example.com/mcp/abc?tag=users", Query),
        ("https://example.com/mcp/abc?tags=${HOME}", Query),
        ("https://example.com/mcp/abc?tags=a&tags=b", Query),
        ("https://example.com/mcp/abc#part", Extra),
        ("https://me:secret@example.com/mcp/abc", Extra),
        (&format!("https://example.com/mcp/{}", "a".repeat(2048)), TooLong),
    ] {
        assert_eq!(Endpoint::new(url, "x", false).unwrap_err(), expected, "{url}");
    }
    assert_eq!(Endpoint::new(&url(), &"x".repeat(201), false).unwrap_err(), TooLong);
    Endpoint::new("http://[::1]:8484/below/mcp/abc?methods=read", "", false).unwrap();
    assert!(!format!("{:?}", endpoint("Legal Ops", false)).contains(TOKEN));
}

#[test]
fn names_become_what_clients_take() {
    for (name, most, expected) in [
        ("Legal Ops", 32, "legal-ops"),
        ("Ironworks: Legal Ops Agent", 11, "ironworks"),
        ("Recht & Verträge", 32, "recht-vertrage"),
        ("契約", 32, "qi-yue"),
        ("!!!", 32, "drawbridge"),
        ("🦀", 32, "crab"),
        ("", 4, "draw"),
        ("Donaudampfschifffahrt", 11, "donaudampfs"),
    ] {
        assert_eq!(key(name, most), expected, "{name}");
    }
}

#[test]
fn a_value_without_the_filter_of_its_place_is_refused() {
    let context = Filled::from_pairs([("name", Filled::from("x\"y"))]);
    assert_eq!(places::fill("{{ name|json }}", &context), "\"x\\\"y\"");
    for template in ["{{ name }}", "{{ unknown|json }}", "{{ name ~ name }}"] {
        assert!(places::try_fill(template, &context).is_err(), "{template}");
    }
}

/// The clients' own are run by `tests/clients/settings`.
#[test]
fn what_stands_for_the_missing_bridge_is_what_clients_are_given() {
    for token in [false, true] {
        let endpoint = endpoint("Legal Ops", token);
        let texts = |client: &'static Client| {
            client.settings(&endpoint).snippets.into_iter().map(|one| one.text).collect::<Vec<_>>()
        };
        let given = ["mcp-config", "claude-desktop"].map(|id| texts(super::find(id).unwrap()));
        assert_eq!(texts(bridge()), given.concat());
    }
}

#[test]
fn one_configuration_holds_several_servers() {
    let endpoints = [endpoint("One", false), endpoint("Two", true)];
    let bearer = format!("Bearer {TOKEN_PLACEHOLDER}");
    assert_eq!(
        super::configuration(&endpoints),
        json!({"mcpServers": {
            "one": {"type": "http", "url": url()},
            "two": {"type": "http", "url": url(), "headers": {"Authorization": bearer}},
        }})
    );
}

/// What a client reads of what is printed, whatever the server is called.
fn read_back(client: &'static Client, name: &str, token: bool) {
    let endpoint = endpoint(name, token);
    let name = &*places::one_line(name);
    let settings = client.settings(&endpoint);
    for snippet in &settings.snippets {
        let text = &snippet.text;
        match snippet.language {
            Language::Json => {
                let server = server(text);
                let found = server["url"].as_str().or_else(|| server["args"][2].as_str());
                assert_eq!(found, Some(&*url()), "{text}");
            }
            Language::Toml => {
                let table: toml::Table = text.parse().unwrap();
                let servers = table["mcp_servers"].as_table().unwrap();
                assert_eq!(servers.len(), 1, "{text}");
                assert_eq!(servers[&key(name, client.key)]["url"].as_str(), Some(&*url()));
            }
            Language::Shell => {
                let words = shlex::split(text).unwrap();
                assert!(words.contains(&url()) || words[0] == "export", "{text}");
            }
            Language::Python => assert!(text.contains(&format!("\"{}\"", url())), "{text}"),
            Language::Text => assert_eq!(text, &url()),
        }
    }
    let Some(link) = settings.link else { return };
    let decoded = match &*client.id {
        "cursor" => {
            assert_eq!(query(&link.url, "name").as_deref(), Some(&*key(name, 11)));
            String::from_utf8(STANDARD.decode(query(&link.url, "config").unwrap()).unwrap())
                .unwrap()
        }
        "vscode" => {
            let json = link.url.strip_prefix("vscode:mcp/install?").unwrap();
            percent_encoding::percent_decode_str(json).decode_utf8().unwrap().into_owned()
        }
        _ => {
            let shown = query(&link.url, "connectorName").unwrap();
            assert_eq!(shown, if name.is_empty() { "drawbridge" } else { name });
            return;
        }
    };
    let config: Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!(config["url"], url());
    assert_eq!(config["headers"]["Authorization"].is_string(), token, "{config}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_server_is_called_its_settings_are_read(name in "\\PC{0,40}|[\u{0}-\u{7f}]{0,40}", token: bool) {
        for client in all() {
            read_back(client, &name, token);
        }
    }

    #[test]
    fn every_filter_is_undone_by_the_reader_of_its_place(text in any::<String>()) {
        let context = Filled::from_pairs([("text", Filled::from(text.as_str()))]);
        let json = places::fill("{{ text|json }}", &context);
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
        let table: toml::Table = format!("x = {}", places::toml(&text)).parse().unwrap();
        prop_assert_eq!(table["x"].as_str().unwrap(), &text);
        let url = Url::parse(&format!("https://example.com/?x={}&y=", places::url(&text))).unwrap();
        prop_assert_eq!(url.query_pairs().next().unwrap().1, text.clone());
        prop_assert_eq!(url.query_pairs().count(), 2);
        let given = text.replace('\0', "");
        prop_assert_eq!(shlex::split(&places::sh(&text)).unwrap(), [given]);
        let line = places::one_line(&text);
        prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
    }
}

#[test]
fn a_real_shell_reads_the_words_back() {
    let words = [
        "",
        "plain",
        "it's",
        "$HOME `id` $(id)",
        "a\"b",
        "a\\b",
        "!!",
        "*",
        "new\nline",
        "~",
        "-n",
        "a'\"$\\`!b",
        "Verträge 🦀",
        "#no comment",
        "a;b|c&d",
        "{a,b}",
    ];
    let quoted: Vec<_> = words.iter().map(|word| places::sh(word)).collect();
    assert_eq!(shell(&quoted.join(" ")), words);
}

/// Python reads the literals in `tests/clients/settings.py` too; here are the forms that differ from
/// JSON: none.
#[test]
fn strings_of_python_hold_no_escape_that_python_does_not_know() {
    let literal = places::python("a\"b\\c\n\u{1}\u{7f}é🦀'${x}");
    assert_eq!(literal, "\"a\\\"b\\\\c\\n\\u0001\u{7f}é🦀'${x}\"");
}
