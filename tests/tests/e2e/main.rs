//! The running program, seen from outside: scenarios from the product's own description.

mod app;
mod http;
mod journal;
mod mcp;
mod oracle;
mod programs;
mod scenarios;
