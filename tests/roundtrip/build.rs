//! Lists the types of every operation of the crates named in `apis`: what a test cannot find out at
//! run time.
//!
//! Reads generated sources line by line, as they are written one item a line, and writes
//! `tables.rs`: a module for each crate with `TABLE`, one row an operation.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    println!("cargo::rerun-if-changed=apis");
    let mut out = String::new();
    for line in fs::read_to_string("apis")?.lines().filter(|line| !line.trim().is_empty()) {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [name, folder, document] = parts.as_slice() else {
            return Err(format!("`{line}`: name, folder, document").into());
        };
        println!("cargo::rerun-if-changed={folder}/src/operations");
        writeln!(out, "pub(crate) mod {name} {{")?;
        let document = fs::canonicalize(document)?;
        writeln!(
            out,
            "    pub(crate) const DOCUMENT: &str = {:?};",
            document.display().to_string()
        )?;
        let mut files: Vec<PathBuf> = fs::read_dir(Path::new(folder).join("src/operations"))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_, Fault>>()?;
        files.sort();
        let mut modules = Vec::new();
        for (index, file) in files.iter().enumerate() {
            module(&mut out, name, index, &fs::read_to_string(file)?)?;
            modules.push(format!("m{index}::ROWS"));
        }
        writeln!(
            out,
            "    pub(crate) static TABLE: &[&[::roundtrip::Row]] = &[{}];\n}}",
            modules.join(", ")
        )?;
    }
    let path = Path::new(&std::env::var("OUT_DIR")?).join("tables.rs");
    Ok(fs::write(path, out)?)
}

/// What is known of the operation being read.
#[derive(Default)]
struct Operation {
    body: Option<String>,
    line: Option<(String, String)>,
}

/// The rows of one file; its imports come along, since its types are written with them.
fn module(out: &mut String, name: &str, index: usize, text: &str) -> Result<(), Fault> {
    writeln!(
        out,
        "    #[allow(unused_imports, reason = \"the rows name fewer types than the operations\")]"
    )?;
    writeln!(out, "    mod m{index} {{")?;
    for line in text.lines().filter(|line| line.starts_with("use ")) {
        writeln!(out, "        {}", line.replace("crate::", &format!("::{name}::")))?;
    }
    let enums = enums(text);
    writeln!(out, "        pub(super) static ROWS: &[::roundtrip::Row] = &[")?;
    let mut current = Operation::default();
    for line in text.lines() {
        let trimmed = line.trim();
        if line.starts_with("    pub struct ") {
            current = Operation::default();
        } else if line.starts_with("        pub ") {
            if let Some(body) = body(trimmed) {
                current.body = Some(body);
            }
        } else if line.starts_with("        => ") {
            let Some((method, path)) = current.line.take() else { continue };
            let (success, failure) = split(trimmed.trim_start_matches("=> ").trim_end_matches(';'));
            let body = current
                .body
                .take()
                .map_or("None".to_owned(), |ty| format!("Some(::roundtrip::trip::<{ty}>)"));
            writeln!(
                out,
                "            ::roundtrip::Row {{ method: {method:?}, path: {path:?}, body: {body}, success: &[{}], failure: &[{}] }},",
                answers(&enums, success),
                answers(&enums, failure)
            )?;
        } else if line.starts_with("    ") && trimmed.contains(" security [") {
            let mut words = trimmed.splitn(2, ' ');
            let method = words.next().unwrap_or_default().to_owned();
            let path = words
                .next()
                .and_then(|rest| rest.strip_prefix('"')?.split_once('"'))
                .map(|(path, _)| path.to_owned());
            current.line = path.map(|path| (method, path));
        }
    }
    writeln!(out, "        ];\n    }}")?;
    Ok(())
}

/// The type of a member that is a JSON body.
fn body(line: &str) -> Option<String> {
    let (declared, place) = line.split_once(" = \"body\" ")?;
    let (_, ty) = declared.split_once(": ")?;
    (place.starts_with("json(") || place.starts_with("optional(json(")).then(|| ty.to_owned())
}

/// Success, without the media types that are asked for, and failure: the comma outside of brackets
/// and quotes parts them.
fn split(text: &str) -> (&str, &str) {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '(' | '<' if !quoted => depth += 1,
            ')' | '>' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                let success = text[..at].split(" as ").next().unwrap_or_default();
                return (success.trim(), text[at + 1..].trim());
            }
            _ => {}
        }
    }
    (text, "")
}

/// Answers by status: the name of the enum, and a pattern with what it brings for each variant.
fn enums(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut out: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("    pub enum ") {
            out.push((name.trim_end_matches(" {").to_owned(), Vec::new()));
        } else if let (Some((name, kind)), Some((_, variants))) =
            (line.trim().split_once(" => "), out.last_mut())
            && let Some((_, pattern)) = name.split_once(" = ")
        {
            variants.push((pattern.to_owned(), kind.trim_end_matches(',').to_owned()));
        }
    }
    out
}

fn answers(enums: &[(String, Vec<(String, String)>)], kind: &str) -> String {
    let by_status = kind.strip_prefix("by_status(super::").and_then(|rest| rest.strip_suffix(')'));
    match by_status.map(|name| enums.iter().find(|(known, _)| known == name)) {
        Some(Some((_, variants))) => variants
            .iter()
            .map(|(pattern, kind)| answer(pattern, kind))
            .collect::<Vec<_>>()
            .join(", "),
        // It is declared by another file: its own rows tell.
        Some(None) => String::new(),
        None => answer("_", kind),
    }
}

fn answer(pattern: &str, kind: &str) -> String {
    let (first, last) = match pattern.split_once("..=") {
        Some(ends) => ends,
        None if pattern == "_" => ("0", "999"),
        None => (pattern, pattern),
    };
    let ty = kind
        .strip_prefix("json(")
        .or_else(|| kind.strip_prefix("optional_json("))
        .and_then(|rest| rest.strip_suffix(')'));
    let word = kind.split('(').next().unwrap_or_default();
    let trip = ty.map_or("None".to_owned(), |ty| format!("Some(::roundtrip::trip::<{ty}>)"));
    format!("::roundtrip::Answer {{ first: {first}, last: {last}, kind: {word:?}, trip: {trip} }}")
}
