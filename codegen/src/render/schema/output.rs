//! The output schema: shallow, without `required`, true of error results too, so that drift never
//! fails a call.

use serde_json::{Value, json};

use crate::ir::Tool;

pub(super) fn schema(tool: &Tool) -> Value {
    if tool.pagination.is_some() {
        return json!({"type": "object", "properties": {"result": {"type": "array"}, "next_cursor": {}, "total": {}}});
    }
    json!({"type": "object"})
}
