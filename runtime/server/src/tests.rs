//! The program as its users meet it: the whole router over each database.

mod accounts;
mod api_tokens;
mod audit;
mod browser;
mod directory;
mod endpoint;
mod export;
mod harness;
mod host_policy;
mod life;
mod log;
mod open_api;
mod pages;
mod pages_access;
mod pages_account;
mod pages_accounts;
mod pages_audit;
mod pages_calls;
mod pages_health;
mod pages_tokens;
mod pages_try;
mod pages_try_writes;
mod rollups;
mod servers;
mod shop;
mod token_store;
