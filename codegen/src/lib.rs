//! lib
pub mod ir;
