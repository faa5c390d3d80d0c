//! Torii: all that it has of its own is data.

#[cfg(test)]
mod tests;
