//! Content codings (RFC 9110 section 8.4.1), undone while a body arrives.
//!
//! Not left to `reqwest`, which reads names of codings as they stand, though case means nothing in
//! them, and which hands on what was coded twice, or as `x-gzip`, or as deflate without its frame.

use std::io;
use std::pin::Pin;

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};
use support::{BodyStream, TransportError};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};
use tokio::task::coop::consume_budget;
use tokio_util::io::{ReaderStream, StreamReader};

/// The codings that are asked for; `deflate` is read where it comes, but means two things.
pub(crate) const ASKED: HeaderValue = HeaderValue::from_static("gzip, br, zstd");

/// How many codings one body may have, one over the other.
const MOST: usize = 3;
/// The binary logarithm of the largest window of zstd (RFC 9659): what it refers back to is kept in
/// memory.
const WINDOW: u32 = 23;
/// How much is unpacked at a time, in bytes.
const PIECE: usize = 32 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

type Reader = Pin<Box<dyn AsyncBufRead + Send>>;

/// The body as it was before it was coded, and its headers to match. A coding that is not known here
/// is left, together with those below it.
pub(crate) fn undone(headers: &mut HeaderMap, body: BodyStream) -> BodyStream {
    let mut left = names(headers);
    if left.len() > MOST {
        return body;
    }
    let mut codings = Vec::new();
    while let Some(coding) = left.last().and_then(|name| Coding::of(name)) {
        codings.push(coding);
        left.pop();
    }
    if codings.is_empty() {
        return body;
    }
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_ENCODING);
    if let Ok(rest) = HeaderValue::try_from(left.join(", "))
        && !rest.is_empty()
    {
        headers.insert(CONTENT_ENCODING, rest);
    }
    let pieces = stream::once(unpack(codings, body))
        .map_ok(|reader| ReaderStream::with_capacity(reader, PIECE))
        .try_flatten()
        // A body that grows without end leaves others their turn.
        .then(async |piece| {
            consume_budget().await;
            piece.map_err(failure)
        });
    Box::pin(pieces)
}

/// The codings that an answer names, in the order in which they were applied.
fn names(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !matches!(name.as_str(), "" | "identity"))
        .take(MOST + 1)
        .collect()
}

async fn unpack(codings: Vec<Coding>, body: BodyStream) -> io::Result<Reader> {
    let mut reader: Reader = Box::pin(StreamReader::new(body.map_err(io::Error::other)));
    for coding in codings {
        reader = coding.undo(reader).await?;
    }
    Ok(reader)
}

impl Coding {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// What does not begin as its coding does was not coded.
    async fn undo(self, mut reader: Reader) -> io::Result<Reader> {
        let Some(first) = reader.fill_buf().await?.first().copied() else { return Ok(reader) };
        Ok(match (self, first) {
            (Self::Gzip, 0x1f) => {
                let mut decoder = GzipDecoder::new(reader);
                decoder.multiple_members(true);
                buffered(decoder)
            }
            (Self::Zstd, 0x28 | 0x50..=0x5f) => {
                let window = [DParameter::window_log_max(WINDOW)];
                let mut decoder = ZstdDecoder::with_params(reader, &window);
                decoder.multiple_members(true);
                buffered(decoder)
            }
            // RFC 9110 says zlib (RFC 1950), whose first byte ends in 8; some send what is in it.
            (Self::Deflate, first) if first & 0x0f == 8 => buffered(ZlibDecoder::new(reader)),
            (Self::Deflate, _) => buffered(DeflateDecoder::new(reader)),
            (Self::Brotli, _) => buffered(BrotliDecoder::new(reader)),
            (Self::Gzip | Self::Zstd, _) => reader,
        })
    }
}

fn buffered(decoder: impl AsyncRead + Send + 'static) -> Reader {
    Box::pin(BufReader::new(decoder))
}

/// The transport's own failure, or that the body could not be unpacked.
fn failure(error: io::Error) -> TransportError {
    error.downcast().unwrap_or_else(|error: io::Error| TransportError::Unreachable(error.into()))
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::bufread as codecs;
    use bytes::Bytes;
    use http::StatusCode;
    use support::StreamingResponse;
    use tokio::io::AsyncReadExt;

    use super::*;

    const TEXT: &[u8] = b"{\"a\":[1,2,3],\"b\":\"a text that is long enough to be coded\"}";

    async fn packed(coding: &str, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let read = match coding {
            "gzip" => codecs::GzipEncoder::new(bytes).read_to_end(&mut out).await,
            "zlib" => codecs::ZlibEncoder::new(bytes).read_to_end(&mut out).await,
            "deflate" => codecs::DeflateEncoder::new(bytes).read_to_end(&mut out).await,
            "br" => codecs::BrotliEncoder::new(bytes).read_to_end(&mut out).await,
            "zstd" => codecs::ZstdEncoder::new(bytes).read_to_end(&mut out).await,
            _ => panic!("{coding}"),
        };
        read.unwrap();
        out
    }

    /// An answer with this header whose body arrives in pieces of this size.
    async fn read(
        header: &str,
        body: &[u8],
        piece: usize,
        limit: u64,
    ) -> Result<(HeaderMap, Bytes), TransportError> {
        let mut headers = HeaderMap::new();
        for line in header.split('|') {
            headers.append(CONTENT_ENCODING, line.parse().unwrap());
        }
        headers.insert(CONTENT_LENGTH, body.len().into());
        let pieces: Vec<_> =
            body.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let body = undone(&mut headers, Box::pin(stream::iter(pieces)));
        let answer = StreamingResponse { status: StatusCode::OK, headers, body };
        let answer = answer.collect(limit).await?;
        Ok((answer.headers, answer.body))
    }

    #[tokio::test]
    async fn every_coding_is_undone_however_it_is_spelled() {
        for (header, codings) in [
            ("gzip", &["gzip"][..]),
            ("GZip", &["gzip"]),
            ("x-gzip", &["gzip"]),
            ("X-GZIP ", &["gzip"]),
            ("deflate", &["zlib"]),
            ("Deflate", &["deflate"]),
            ("br", &["br"]),
            ("BR", &["br"]),
            ("zstd", &["zstd"]),
            ("identity, gzip", &["gzip"]),
            ("deflate, gzip", &["zlib", "gzip"]),
            ("br|gzip, identity", &["br", "gzip"]),
            ("identity", &[]),
            ("", &[]),
        ] {
            let mut body = TEXT.to_vec();
            for coding in codings {
                body = packed(coding, &body).await;
            }
            for piece in [1, 7, 1 << 20] {
                let (headers, read) = read(header, &body, piece, 1 << 20).await.unwrap();
                assert_eq!(read, TEXT, "{header} in pieces of {piece}");
                let left = codings.is_empty();
                assert_eq!(headers.contains_key(CONTENT_LENGTH), left, "{header}");
                assert_eq!(headers.contains_key(CONTENT_ENCODING), left, "{header}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_not_coded_or_in_no_known_way_is_left() {
        let gzip = packed("gzip", TEXT).await;
        for (header, body, left) in [
            ("gzip", TEXT, None),
            ("zstd", TEXT, None),
            ("gzip", b"", None),
            ("br", b"", None),
            ("utf-8", TEXT, Some("utf-8")),
            ("compress, gzip", &gzip, Some("compress")),
            ("gzip, aws-chunked", &gzip, Some("gzip, aws-chunked")),
            ("gzip,gzip,gzip,gzip", &gzip, Some("gzip,gzip,gzip,gzip")),
        ] {
            let (headers, read) = read(header, body, 1 << 20, 1 << 20).await.unwrap();
            let unpacked = header.starts_with("compress");
            assert_eq!(read, if unpacked { TEXT } else { body }, "{header}");
            let named = headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(named, left, "{header}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_answer() {
        for (header, coding) in
            [("gzip", "gzip"), ("deflate", "zlib"), ("br", "br"), ("zstd", "zstd")]
        {
            let body = packed(coding, TEXT).await;
            let error = read(header, &body[..body.len() / 2], 8, 1 << 20).await.unwrap_err();
            assert!(matches!(error, TransportError::Unreachable(_)), "{header}: {error}");
        }
    }

    #[tokio::test]
    async fn what_unpacks_without_end_ends_at_the_limit() {
        let zeros = vec![0; 4 << 20];
        for (header, codings) in [
            ("gzip", &["gzip"][..]),
            ("deflate", &["zlib"]),
            ("deflate", &["deflate"]),
            ("br", &["br"]),
            ("zstd", &["zstd"]),
            ("gzip, gzip", &["gzip", "gzip"]),
        ] {
            let mut body = zeros.clone();
            for coding in codings {
                body = packed(coding, &body).await;
            }
            let error = read(header, &body, 1 << 20, 1 << 20).await.unwrap_err();
            assert!(matches!(error, TransportError::TooLarge(_)), "{header}: {error}");
        }
        // More memory than a window of eight megabytes is asked for in its first bytes.
        let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00];
        let error = read("zstd", &window, 1 << 20, 1 << 20).await.unwrap_err();
        assert!(matches!(error, TransportError::Unreachable(_)), "{error}");
    }

    #[tokio::test]
    async fn a_failure_of_the_way_stays_what_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let pieces = vec![Ok(Bytes::from_static(b"\x1f\x8b")), Err(TransportError::Timeout)];
        let body = undone(&mut headers, Box::pin(stream::iter(pieces)));
        let answer = StreamingResponse { status: StatusCode::OK, headers, body };
        let error = answer.collect(100).await.unwrap_err();
        assert!(matches!(error, TransportError::Timeout), "{error}");
    }
}
