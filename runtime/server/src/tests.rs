//! The program as its users meet it: the whole router over each database.

mod accounts;
mod api_tokens;
mod directory;
mod door;
mod endpoint;
mod grants;
mod harness;
mod log;
mod open_api;
mod servers;
