//! Counts tokens as current models do (o200k): of each line that is read, one number a line. A line is
//! a JSON string, so that a text with several lines is one.
#![expect(clippy::print_stdout, reason = "the numbers are what it is for")]

use std::io::{self, BufRead as _};

use tiktoken_rs::o200k_base_singleton;

fn main() -> anyhow::Result<()> {
    for line in io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        println!("{}", o200k_base_singleton().encode_ordinary(&text).len());
    }
    Ok(())
}
