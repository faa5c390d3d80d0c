//! The running program, seen from outside: scenarios from the product's own description.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what a test does not expect ends it"
)]

mod app;
mod http;
mod journal;
mod mcp;
mod oracle;
mod programs;
mod scenarios;
mod wait;
