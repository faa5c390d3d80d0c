//! A client that was given away.

use notes::client::Client;
use notes::operations::ListNotes;

fn keep(_: Client) {}

async fn both(client: Client) {
    keep(client);
    let _ = client.list_notes(&ListNotes::new()).await; // mistake
}

fn main() {
    let _ = both;
}
