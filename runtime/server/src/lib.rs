//! Drawbridge: many small, filtered, expiring MCP servers in front of enterprise APIs.

#![deny(clippy::string_slice)]

pub mod admin;
pub mod apis;
pub mod app;
pub mod applicants;
pub(crate) mod aside;
pub mod bound;
pub mod call;
pub mod call_log;
pub mod cli;
pub mod clients;
pub mod config;
pub mod directory;
pub mod endpoint;
pub mod fields;
pub mod host_policy;
pub(crate) mod json;
pub mod listen;
pub mod mcp;
pub(crate) mod nearest;
pub(crate) mod pages;
pub(crate) mod pointer;
pub mod provision;
pub mod router;
pub(crate) mod sign_in;
pub mod stdio;
pub mod store;
pub mod system;
pub mod telemetry;
pub mod tools;
pub mod toolset;
pub mod vendors;
pub mod violation;
pub mod when;
pub(crate) mod work;
pub(crate) mod wrong_tokens;

pub use upstream::clock;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
