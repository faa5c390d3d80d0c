//! Uploads from whatever can be read.

use bytes::BytesMut;
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::upload::Upload;
use crate::value::FilePart;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

impl FilePart {
    /// A file whose bytes are read from `reader` as they are sent: an open file, a pipe, another
    /// answer. Without its length, in bytes, it is sent in chunks, which some APIs refuse.
    #[must_use]
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl AsyncRead + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        let pieces = stream::try_unfold(Box::pin(reader), |mut reader| async move {
            let mut piece = BytesMut::with_capacity(PIECE);
            let read = reader.read_buf(&mut piece).await?;
            Ok::<_, std::io::Error>((read > 0).then(|| (piece.freeze(), reader)))
        });
        Self::streamed(name, Upload::new(pieces, length))
    }
}
