//! What the product promises, one room of promises a file.

mod admin;
mod admitted;
mod arguments;
mod codegen;
mod crash;
mod every_tool;
mod filters;
mod launch_tools;
mod limits;
mod nodes;
mod oauth;
mod paging;
mod paths;
mod protocol;
mod results;
mod secrets;
mod tool_list;
mod typed_clients;
mod upstream_errors;
mod urls;
