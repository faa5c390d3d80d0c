//! The bytes of a connection and the bodies of its answers, noted in its [`Visit`] as they pass.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http_body::{Frame, SizeHint};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::peers::UnderWay;
use super::visit::{Asked, Pieces, Visit};

/// How many bytes a peer must take for its reading to count, and for a write to be more than a
/// ping: one at a time is not reading.
const SOME: usize = 1024;

/// A connection's bytes.
pub(super) struct WatchedStream {
    stream: TcpStream,
    visit: Arc<Visit>,
    /// How many bytes the peer has taken since it last took none.
    taken: usize,
}

impl WatchedStream {
    pub(super) fn new(stream: TcpStream, visit: Arc<Visit>) -> Self {
        Self { stream, visit, taken: 0 }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.visit.block(),
            Poll::Ready(Ok(size)) => {
                self.taken += size;
                if self.taken >= SOME {
                    self.taken = 0;
                    self.visit.unblock();
                    self.visit.told();
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl Drop for WatchedStream {
    fn drop(&mut self) {
        // What a peer does not read would stay in the system's memory for as long as the peer
        // likes.
        if self.visit.is_for_nobody()
            && let Err(error) = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
        {
            tracing::debug!(%error, "a connection that is not read ends late");
        }
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.visit.hear();
        }
        read
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when everything is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.taken = 0;
        self.visit.unblock();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of an answer: its request is under way until it ends.
pub(super) struct WatchedBody {
    body: Body,
    /// For bodies whose length is not known, as they come in pieces.
    pieces: Option<Pieces>,
    _asked: Option<Asked>,
    _under_way: Option<UnderWay>,
}

impl WatchedBody {
    pub(super) fn watch(
        response: Response<Body>,
        mut asked: Option<Asked>,
        under_way: Option<UnderWay>,
    ) -> Response<Self> {
        let (head, body) = response.into_parts();
        let is_stream = || {
            head.headers
                .get(CONTENT_TYPE)
                .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
        };
        let mut pieces = None;
        if http_body::Body::size_hint(&body).exact().is_none()
            && let Some(asked) = &mut asked
        {
            pieces = Some(asked.in_pieces());
            if is_stream() {
                asked.is_stream();
            }
        }
        Response::from_parts(head, Self { body, pieces, _asked: asked, _under_way: under_way })
    }
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(pieces) = &self.pieces {
            pieces.wanted();
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let (Some(pieces), Poll::Ready(Some(_))) = (&self.pieces, &frame) {
            pieces.handed_over();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
