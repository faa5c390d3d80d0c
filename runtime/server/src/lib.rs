//! Drawbridge: many small, filtered, expiring MCP servers in front of enterprise APIs.

pub mod catalogue;
pub mod clock;
pub mod config;
pub mod directory;
pub mod fields;
pub mod provision;
pub mod store;

#[cfg(test)]
mod testing;
