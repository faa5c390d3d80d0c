//! How it is meant: this one compiles.

use notes::client::Client;
use notes::operations::{CreateNote, GetNote, ListNotes};
use notes::types::Note;

async fn every_note(client: Client) -> Result<usize, Box<dyn std::error::Error>> {
    client.create_note(&CreateNote::new(Note::new("1").text("first"))).await?;
    client.get_note(&GetNote::new("1")).await?;
    Ok(client.list_notes(&ListNotes::new().limit(10)).await?.notes.len())
}

fn main() {
    let _ = every_note;
}
