//! The generator: OpenAPI documents in, typed client crates and tool schemas out.

pub mod diagnostics;
pub mod ir;
pub mod load;
pub mod measure;
pub mod normalise;
pub mod overlay;
pub mod pointer;
pub mod write;
