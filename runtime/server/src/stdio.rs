//! MCP over stdin and stdout: one message a line, nothing else on stdout.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use crate::mcp::{self, Endpoint};

/// The longest line that is read, in bytes: uploads travel in it.
const LONGEST: u64 = 48 << 20;
/// The longest id that a cancellation can name, in bytes: a longer one is refused.
const LONGEST_ID: usize = 256;
/// How many messages are worked on at once; further ones wait in the pipe.
const AT_ONCE: usize = 64;
/// How long answers may still come after the client has closed its end.
const LEAVE: Duration = Duration::from_secs(10);

/// Serves `endpoint` until the client closes its end. Requests run side by side; a cancelled one
/// gets no answer.
///
/// # Errors
/// When a line is too long, or the client cannot be read from or written to.
pub async fn serve<R, W>(endpoint: &Endpoint<'_>, input: R, mut output: W) -> io::Result<()>
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut lines = Lines { input, partial: Vec::new() };
    let mut running = FuturesUnordered::new();
    let mut handles: Vec<Handle> = Vec::new();
    let mut number = 0_u64;
    loop {
        tokio::select! {
            line = lines.next(), if running.len() < AT_ONCE => {
                let Some(line) = line? else { break };
                let head: Head<'_> = serde_json::from_slice(&line).unwrap_or_default();
                if head.method == "notifications/cancelled" {
                    cancel(&head, &handles);
                }
                let (abort, registration) = AbortHandle::new_pair();
                number += 1;
                let own = number;
                if let Some(id) = head.id.filter(|id| id.get().len() <= LONGEST_ID) {
                    handles.push(Handle { number: own, id: id.to_owned(), abort });
                }
                let line = Bytes::from(line);
                let answer = Abortable::new(async move { mcp::line(endpoint, &line).await }, registration);
                running.push(async move { (own, answer.await.ok().flatten()) });
            }
            Some((number, answer)) = running.next(), if !running.is_empty() => {
                handles.retain(|handle| handle.number != number);
                write(&mut output, answer).await?;
            }
        }
    }
    let rest = async {
        while let Some((_, answer)) = running.next().await {
            write(&mut output, answer).await?;
        }
        Ok(())
    };
    tokio::time::timeout(LEAVE, rest).await.unwrap_or(Ok(()))
}

/// Ends a request that is being worked on.
struct Handle {
    number: u64,
    id: Box<RawValue>,
    abort: AbortHandle,
}

async fn write<W: AsyncWrite + Unpin>(output: &mut W, answer: Option<Vec<u8>>) -> io::Result<()> {
    let Some(mut answer) = answer else { return Ok(()) };
    answer.push(b'\n');
    output.write_all(&answer).await?;
    output.flush().await
}

/// As much of a message as decides what to do with the line.
#[derive(Default, Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: String,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancelled<'a> {
    #[serde(borrow)]
    request_id: &'a RawValue,
}

fn cancel(head: &Head<'_>, handles: &[Handle]) {
    let cancelled =
        head.params.and_then(|params| serde_json::from_str::<Cancelled<'_>>(params.get()).ok());
    if let Some(Cancelled { request_id }) = cancelled {
        handles
            .iter()
            .filter(|running| running.id.get() == request_id.get())
            .for_each(|running| running.abort.abort());
    }
}

/// Lines that keep what was read when the reading is given up in favour of an answer.
struct Lines<R> {
    input: R,
    partial: Vec<u8>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The next line that is not empty; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let available = self.input.fill_buf().await?;
            if available.is_empty() {
                let last = std::mem::take(&mut self.partial);
                return Ok(if blank(&last) { None } else { Some(last) });
            }
            let (used, complete) = match available.iter().position(|&byte| byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (available.len(), false),
            };
            self.partial.extend_from_slice(&available[..used]);
            self.input.consume(used);
            if self.partial.len() as u64 > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            if complete {
                let line = std::mem::take(&mut self.partial);
                if !blank(&line) {
                    return Ok(Some(line));
                }
            }
        }
    }
}

fn blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use serde_json::{Value, json};
    use support::{Request, StreamingResponse, Transport, TransportError};

    use super::*;
    use crate::call::CallContext;
    use crate::call::testing::{Vendor, everything, pipeline};
    use crate::call_log::Recorder;
    use crate::provision::ToolExposure;

    async fn answers(transport: &dyn Transport, input: String) -> Vec<Value> {
        let (toolset, pipeline) = (everything(), pipeline(10_000));
        let recorder = Recorder::default();
        let context = CallContext { account: "acc", transport, toolset, recorder, digits: None };
        let endpoint = Endpoint { context, exposure: ToolExposure::All, pipeline: &pipeline };
        let mut output = Vec::new();
        serve(&endpoint, input.as_bytes(), &mut output).await.unwrap();
        let text = String::from_utf8(output).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn call(id: Value, name: &str) -> String {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name}})
            .to_string()
    }

    #[tokio::test]
    async fn every_request_gets_its_line_even_after_the_input_has_ended() {
        let input = format!(
            "{}\n\nnot json\n{}",
            call(json!("a"), "list_all_acme_page"),
            call(json!(2), "nope")
        );
        let mut answers = answers(&Vendor::with_rows(2), input).await;
        answers.sort_by_key(|answer| answer["id"].to_string());
        assert_eq!(answers[0]["result"]["structuredContent"]["total"], 2);
        assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!(2), &json!(-32602)));
        assert_eq!(
            (&answers[2]["id"], &answers[2]["error"]["code"]),
            (&Value::Null, &json!(-32700))
        );
    }

    /// Answers nothing, ever.
    struct Silence;

    impl Transport for Silence {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_cancelled_request_ends_without_an_answer() {
        let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}});
        let input = format!("{}\n{cancel}\n", call(json!(7), "list_all_acme_page"));
        assert_eq!(answers(&Silence, input).await, [] as [Value; 0]);
    }
}
