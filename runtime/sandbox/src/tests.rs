//! The stories people come with, told to the router itself.

mod harness;
mod ironclad;
mod oauth;
mod robustness;
mod torii;
