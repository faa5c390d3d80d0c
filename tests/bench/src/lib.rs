//! The parts of the load script `tests/bench/load` are under `benches/`; this library is empty.
