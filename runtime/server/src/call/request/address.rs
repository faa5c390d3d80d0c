//! Values that stand in the request line and in headers: what cannot stand there is told before
//! anything is sent, by the argument that brought it.

use serde_json::{Map, Value};
use support::tool::ArgumentTarget;
use support::{EncodeError, LowerError, Tool};

use crate::violation::{Violation, Violations};
use crate::work;

/// The longest value that goes into the address of a request or into one of its headers, in bytes.
const LONGEST: usize = 32 << 10;

/// Adds the violations of values that no path segment holds, and, when the arguments together are
/// so large, of those that no address holds.
pub(super) fn check(
    tool: &Tool,
    arguments: &Map<String, Value>,
    size: usize,
    violations: &mut Violations,
) {
    for argument in tool.arguments.iter().filter(|argument| argument.target.is_parameter()) {
        let Some(value) = arguments.get(argument.name) else { continue };
        if let (ArgumentTarget::Path(_), Some(problem)) = (argument.target, no_segment(value)) {
            let expected = format!("a value that can be sent; this one {problem}");
            violations.add(|| Violation::of(argument.name, expected));
        }
        if size > LONGEST && work::weight_of(value) > LONGEST {
            let expected =
                format!("at most {LONGEST} bytes: it is sent in the address of the request");
            violations.add(|| Violation::of(argument.name, expected));
        }
    }
}

/// Why a value cannot stand in a path segment.
fn no_segment(value: &Value) -> Option<&'static str> {
    match value.as_str()? {
        "." | ".." => Some("must not be `.` or `..`"),
        text => text.chars().any(char::is_control).then_some("holds control characters"),
    }
}

/// The violation behind arguments that could not be lowered.
pub(super) fn of_lowering(tool: &Tool, error: &LowerError) -> Violation {
    match error {
        LowerError::Encode(EncodeError { argument, problem }) => {
            let known = tool.arguments.iter().find(|known| known.target.wire() == Some(argument));
            let name = known.map_or(argument.as_str(), |known| known.name);
            Violation::of(name, format!("a value that can be sent; this one {problem}"))
        }
        LowerError::Shape(error) => {
            Violation::new("", format!("arguments of the declared types: {error}"))
        }
    }
}
