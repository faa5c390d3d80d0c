//! The end-to-end tests are under `tests/`; this library is empty.
