//! The spreadsheet of all records.

use bytes::Bytes;
use serde_json::Value;

use super::metadata::is_type;
use super::tenant::Tenant;
use super::{formula, records};
use crate::call::Call;
use crate::reply::{Answer, Reply};

/// All records as a file. The bytes are a stored ZIP with one sheet of comma-separated values:
/// enough to be a download.
pub(super) fn export(tenant: &mut Tenant, call: &Call) -> Answer {
    let types = call.query_list("types");
    if let Some(unknown) = types.iter().find(|name| !is_type(name)) {
        return Err(call.bad_query("types", &format!("names the unknown record type '{unknown}'")));
    }
    let mut columns = call.query_list("properties");
    if columns.is_empty() {
        columns = vec!["name", "counterpartyName", "agreementDate"];
    }
    formula::from_query(call)?;
    let mut sheet = format!("ironcladId,{}\n", columns.join(","));
    for record in &tenant.records {
        if !types.is_empty() && !record["type"].as_str().is_some_and(|name| types.contains(&name)) {
            continue;
        }
        let cells = columns.iter().map(|column| {
            records::property(record, column).map_or_else(String::new, |value| cell(&value))
        });
        let row: Vec<String> = std::iter::once(cell(&record["ironcladId"])).chain(cells).collect();
        sheet.push_str(&row.join(","));
        sheet.push('\n');
    }
    Ok(Reply::file(
        "records.xlsx",
        "application/octet-stream",
        stored_zip("records.csv", sheet.as_bytes()),
    ))
}

fn cell(value: &Value) -> String {
    let value = value.get("value").unwrap_or(value);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A ZIP archive with one uncompressed member (APPNOTE 4.3).
fn stored_zip(name: &str, content: &[u8]) -> Bytes {
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
    let sum = crc32(content).to_le_bytes();
    let common =
        [&[0x14, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58][..], &sum, &size, &size, &length, &[0, 0]]
            .concat();
    let local = [&b"PK\x03\x04"[..], &common, name.as_bytes(), content].concat();
    let central = [&b"PK\x01\x02\x14\0"[..], &common, &[0; 14], name.as_bytes()].concat();
    let central_size = u32::try_from(central.len()).unwrap_or(0).to_le_bytes();
    let offset = u32::try_from(local.len()).unwrap_or(0).to_le_bytes();
    let end =
        [&b"PK\x05\x06"[..], &[0, 0, 0, 0, 1, 0, 1, 0], &central_size, &offset, &[0, 0]].concat();
    Bytes::from([local, central, end].concat())
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}
