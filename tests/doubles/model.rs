//! What model servers send, in both protocols, cut anywhere.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::web::{Reply, Seen, Server};

/// An answer that a double gives.
#[derive(Debug, Clone)]
pub struct Said {
    pub text: String,
    pub stop: String,
    /// Prompt and completion; none for a server that does not count.
    pub tokens: Option<(u64, u64)>,
}

impl Said {
    pub fn text(text: impl Into<String>) -> Said {
        Said {
            text: text.into(),
            stop: "stop".into(),
            tokens: Some((100, 20)),
        }
    }

    /// The text in pieces of a few letters, as tokens come.
    fn pieces(&self) -> Vec<String> {
        let letters: Vec<char> = self.text.chars().collect();
        letters
            .chunks(4)
            .map(|piece| piece.iter().collect())
            .collect()
    }

    /// As OpenAI streams it.
    pub fn openai(&self) -> String {
        let delta = |delta: Value, stop: Value| {
            json!({ "id": "c", "object": "chat.completion.chunk", "choices":
                [{ "index": 0, "delta": delta, "finish_reason": stop }] })
        };
        let mut events = vec![delta(
            json!({ "role": "assistant", "content": null }),
            Value::Null,
        )];
        let pieces = self.pieces();
        events.extend(
            pieces
                .iter()
                .map(|text| delta(json!({ "content": text }), Value::Null)),
        );
        events.push(delta(json!({}), json!(self.stop)));
        if let Some((input, output)) = self.tokens {
            events.push(json!({ "choices": [], "usage":
                { "prompt_tokens": input, "completion_tokens": output } }));
        }
        let mut text = String::from(": keep-alive\n\n");
        for event in events {
            let _ = write!(text, "data: {event}\n\n");
        }
        text + "data: [DONE]\n\n"
    }

    /// As Anthropic streams it; where it is structured, as a tool's input.
    pub fn anthropic(&self, structured: bool) -> String {
        let stop = match (self.stop.as_str(), structured) {
            ("length", _) => "max_tokens",
            (_, true) => "tool_use",
            (_, false) => "end_turn",
        };
        let (input, output) = self.tokens.unwrap_or_default();
        let block = match structured {
            true => json!({ "type": "tool_use", "id": "t", "name": "answer", "input": {} }),
            false => json!({ "type": "text", "text": "" }),
        };
        let delta = |text: &String| match structured {
            true => json!({ "type": "input_json_delta", "partial_json": text }),
            false => json!({ "type": "text_delta", "text": text }),
        };
        let mut events = vec![
            json!({ "type": "message_start", "message": { "usage":
                { "input_tokens": input, "output_tokens": 1 } } }),
            json!({ "type": "content_block_start", "index": 0, "content_block": block }),
            json!({ "type": "ping" }),
        ];
        events.extend(self.pieces().iter().map(
            |text| json!({ "type": "content_block_delta", "index": 0, "delta": delta(text) }),
        ));
        events.push(json!({ "type": "content_block_stop", "index": 0 }));
        events.push(
            json!({ "type": "message_delta", "delta": { "stop_reason": stop },
            "usage": { "output_tokens": output } }),
        );
        events.push(json!({ "type": "message_stop" }));
        let line = |event: Value| {
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            format!("event: {kind}\r\ndata: {event}\r\n\r\n")
        };
        events.into_iter().map(line).collect()
    }

    /// In the protocol of whoever asked.
    pub fn to(&self, seen: &Seen) -> Reply {
        match seen.target().ends_with("/v1/messages") {
            true => events(&self.anthropic(seen.body.contains("\"tool_choice\""))),
            false => events(&self.openai()),
        }
    }
}

/// An event stream in one piece.
pub fn events(body: &str) -> Reply {
    Reply::with(
        200,
        &[("content-type", "text/event-stream; charset=utf-8")],
        body,
    )
}

/// An event stream in chunks of so many bytes, wherever that cuts it.
pub fn cut(body: &str, every: usize) -> Reply {
    let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                      transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for piece in body.as_bytes().chunks(every) {
        bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    Reply::Bytes(bytes)
}

/// A server that gives these answers in their order, and nothing after them.
pub async fn saying(answers: Vec<Said>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(move |seen| {
        let said = answers.get(next.fetch_add(1, Ordering::SeqCst));
        said.map_or_else(|| Reply::with(400, &[], "{}"), |said| said.to(seen))
    })
    .await
}
