//! A required argument is left out.

use notes::operations::GetNote;

fn main() {
    let call = GetNote::new(); // mistake
    println!("{call:?}");
}
