//! Anthropic's messages. A structured answer is asked for as the input of one
//! tool that must be called: that works with every model that has tools.

use serde_json::{Value, json};

use super::error::code;
use super::reading::Piece;
use super::{Ask, ModelError, Settings};
use crate::effect::Role;

/// The version of the protocol that this file speaks.
pub(super) const VERSION: &str = "2023-06-01";

/// The tool whose input is the answer.
const ANSWER: &str = "answer";

/// The body of a request.
pub(super) fn body(settings: &Settings, ask: &Ask<'_>) -> Value {
    let system: Vec<&str> = ask
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| message.content.as_str())
        .collect();
    let spoken = ask.messages.iter().filter_map(|message| {
        let role = match message.role {
            Role::System => return None,
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        Some(json!({ "role": role, "content": message.content }))
    });
    let mut body = json!({
        "model": settings.model,
        "messages": spoken.collect::<Vec<_>>(),
        "max_tokens": ask.max_tokens,
        "stream": settings.stream,
    });
    if !system.is_empty() {
        body["system"] = json!(system.join("\n\n"));
    }
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    if let Some(schema) = &ask.schema {
        body["tools"] = json!([{
            "name": ANSWER,
            "description": "Takes the answer. Nothing is run.",
            "input_schema": schema,
        }]);
        body["tool_choice"] = json!({ "type": "tool", "name": ANSWER });
    }
    body
}

/// What an event of the stream says.
pub(super) fn event(data: &str, structured: bool) -> Result<Vec<Piece>, ModelError> {
    let event: Value =
        serde_json::from_str(data).map_err(|_| ModelError::Protocol("an event is no JSON"))?;
    let Some(kind) = event["type"].as_str() else {
        return Err(ModelError::Protocol("an event without a type"));
    };
    Ok(match kind {
        "message_start" => counted(&event["message"]["usage"]),
        "content_block_start" => {
            offered(&event["content_block"], structured)?;
            Vec::new()
        }
        "content_block_delta" => delta(&event["delta"], structured),
        "message_delta" => {
            let mut pieces = counted(&event["usage"]);
            pieces.extend(ended(&event["delta"]["stop_reason"]));
            pieces
        }
        "message_stop" => vec![Piece::End],
        "error" => return Err(ModelError::Reported(code(&event))),
        // `ping`, `content_block_stop`, and what a later version adds.
        _ => Vec::new(),
    })
}

/// What an answer that comes whole says.
pub(super) fn whole(answer: &Value, structured: bool) -> Result<Vec<Piece>, ModelError> {
    let Some(blocks) = answer["content"].as_array() else {
        return Err(ModelError::Protocol("an answer without content"));
    };
    let mut pieces = Vec::new();
    for block in blocks {
        offered(block, structured)?;
        let text = match (structured, block["text"].as_str()) {
            (true, _) if block["type"] == "tool_use" => block["input"].to_string(),
            (false, Some(text)) => text.to_owned(),
            (true | false, _) => continue,
        };
        pieces.push(Piece::Text(text));
    }
    pieces.extend(counted(&answer["usage"]));
    pieces.extend(ended(&answer["stop_reason"]));
    Ok(pieces)
}

/// Refuses a call of a tool that nobody offered.
fn offered(block: &Value, structured: bool) -> Result<(), ModelError> {
    let calls = block["type"] == "tool_use" || block["type"] == "server_tool_use";
    match calls && !(structured && block["name"] == ANSWER) {
        true => Err(ModelError::Tool),
        false => Ok(()),
    }
}

/// Where the answer is structured, what is said beside it is none of it.
fn delta(delta: &Value, structured: bool) -> Vec<Piece> {
    let key = match structured {
        true => "partial_json",
        false => "text",
    };
    let text = delta[key].as_str().map(str::to_owned);
    text.map(Piece::Text).into_iter().collect()
}

/// What was read from and written to a cache is a part of the prompt.
fn counted(usage: &Value) -> Vec<Piece> {
    if !usage.is_object() {
        return Vec::new();
    }
    let input = usage["input_tokens"].as_u64().map(|tokens| {
        let cached = ["cache_read_input_tokens", "cache_creation_input_tokens"];
        let cached = cached.iter().filter_map(|key| usage[*key].as_u64());
        cached.fold(tokens, u64::saturating_add)
    });
    let output = usage["output_tokens"].as_u64();
    vec![Piece::Counted { input, output }]
}

fn ended(reason: &Value) -> Option<Piece> {
    reason.as_str().map(|reason| {
        Piece::Stop(match reason {
            "end_turn" | "stop_sequence" | "tool_use" => "stop",
            "max_tokens" => "length",
            "refusal" => "refusal",
            _ => "other",
        })
    })
}
