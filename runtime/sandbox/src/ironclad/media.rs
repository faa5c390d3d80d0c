//! Which files are taken, and their media types.

use crate::call::Call;
use crate::reply::Reply;

const ENDINGS: [&str; 15] = [
    ".csv", ".doc", ".docx", ".eml", ".htm", ".jpeg", ".jpg", ".msg", ".pdf", ".png", ".pptx",
    ".rtf", ".txt", ".xls", ".xlsx",
];

/// Refuses file names whose ending is not taken.
pub(super) fn accepted(call: &Call, filename: &str, param: &str) -> Result<(), Reply> {
    let lower = filename.to_lowercase();
    if ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
        return Ok(());
    }
    let message = format!("filename {filename} does not end in one of {}", ENDINGS.join(", "));
    Err(call.invalid(&message, param))
}

/// The media type that goes with a file name.
pub(super) fn media_for(filename: &str) -> &'static str {
    match filename.rsplit('.').next().unwrap_or("").to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "doc" => "application/msword",
        "docx" => super::forms::DOCX,
        "txt" => "text/plain",
        "csv" => "text/csv",
        "json" => "application/json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}
