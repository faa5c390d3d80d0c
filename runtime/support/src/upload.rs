//! Bytes of an upload that are read as they are sent.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;

/// The bytes, piece by piece.
pub type UploadStream =
    Pin<Box<dyn Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> + Send>>;

/// A source that is read once: clones share it, and whoever sends first has it.
#[derive(Clone)]
pub struct Upload {
    source: Arc<Mutex<Option<UploadStream>>>,
    length: Option<u64>,
}

impl Upload {
    /// What `stream` brings. Without a length, in bytes, it is sent in chunks, which some APIs
    /// refuse.
    pub fn new<S, E>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let stream: UploadStream = Box::pin(stream.map(|piece| piece.map_err(Into::into)));
        Self { source: Arc::new(Mutex::new(Some(stream))), length }
    }

    /// How many bytes there are, where that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The bytes; an error in their place when they were taken before.
    #[must_use]
    pub fn take(&self) -> UploadStream {
        let taken = self.source.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.unwrap_or_else(|| {
            Box::pin(futures_util::stream::iter([Err("the upload was sent already".into())]))
        })
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Two are the same when they share their source.
impl PartialEq for Upload {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }
}

impl Eq for Upload {}
