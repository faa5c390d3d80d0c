//! An answer is looked at before it is there.

use notes::client::Client;
use notes::operations::ListNotes;

async fn count(client: &Client) -> usize {
    let page = client.list_notes(&ListNotes::new());
    page.unwrap().notes.len() // mistake
}

fn main() {
    let _ = count;
}
