//! Bounds on documents: far above what real ones need, low enough to keep memory small.

use std::fmt;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most values in one document, aliases expanded.
pub const MAX_NODES: usize = 2_000_000;
/// Most text in one document, aliases expanded, in bytes.
pub(super) const MAX_TEXT: usize = 96 * 1024 * 1024;
/// Longest key or string, in bytes.
pub const MAX_SCALAR: usize = 1024 * 1024;
/// Most members of one object, and most items of one list.
pub const MAX_MEMBERS: usize = 100_000;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 128;

/// Most characters in a YAML file that can start a value; each costs its parser an event.
const MAX_YAML_STARTS: usize = 4_000_000;
/// Most brackets open at once; the parser's time grows with their product.
const MAX_YAML_OPEN: usize = 2_000;

/// Which bound a document goes beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Size,
    Nodes,
    Text,
    Scalar,
    Members,
    Depth,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size => write!(f, "the file is larger than {} MiB", MAX_BYTES >> 20),
            Self::Nodes => write!(f, "the document holds more than {MAX_NODES} values"),
            Self::Text => write!(f, "the document holds more than {} MiB of text", MAX_TEXT >> 20),
            Self::Scalar => write!(f, "a string is longer than {} MiB", MAX_SCALAR >> 20),
            Self::Members => write!(f, "an object or a list has more than {MAX_MEMBERS} members"),
            Self::Depth => write!(f, "values are nested more than {MAX_DEPTH} deep"),
        }
    }
}

/// Refuses YAML that would cost its parser much memory or time before we see the first value.
///
/// Text and comments are counted like structure, which the generous bounds allow for.
pub(super) fn survey_yaml(bytes: &[u8]) -> Result<(), Refusal> {
    let mut starts = 0;
    let mut open = 0_usize;
    // Lists and keys that begin on one line, in one another: `- - -`.
    let mut begun = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'-' | b'?' if bytes.get(at + 1) == Some(&b' ') => begun += 1,
            b' ' => {}
            _ => begun = 0,
        }
        if begun > MAX_YAML_OPEN {
            return Err(Refusal::Depth);
        }
        match byte {
            b'[' | b'{' => {
                starts += 1;
                open += 1;
                if open > MAX_YAML_OPEN {
                    return Err(Refusal::Depth);
                }
            }
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' | b',' | b':' | b'?' | b'-' | b'*' | b'!' | b'&' => starts += 1,
            _ => {}
        }
    }
    if starts > MAX_YAML_STARTS {
        return Err(Refusal::Nodes);
    }
    Ok(())
}
