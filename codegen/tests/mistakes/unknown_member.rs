//! A member that the document does not have.

use notes::types::Note;

fn main() {
    let note = Note::new("1")
        .text("first")
        .author("me"); // mistake
    println!("{note:?}");
}
