//! Drawbridge: many small, filtered, expiring MCP servers in front of enterprise APIs.

pub mod call;
pub mod catalogue;
pub mod clock;
pub mod config;
pub mod directory;
pub mod fields;
pub mod mcp;
pub mod provision;
pub mod stdio;
pub mod store;
pub mod toolset;

#[cfg(test)]
mod testing;
