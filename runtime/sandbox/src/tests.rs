//! The stories people come with, told to the router itself.

mod documents;
mod harness;
mod ironclad;
mod oauth;
mod robustness;
mod stories;
mod torii;
mod writes;
