//! An argument of another type.

use notes::operations::ListNotes;

fn main() {
    let call = ListNotes::new().limit("ten"); // mistake
    println!("{call:?}");
}
