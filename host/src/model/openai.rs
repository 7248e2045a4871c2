//! OpenAI's chat completions, as most servers speak them.

use serde_json::{Value, json};

use super::error::code;
use super::reading::Piece;
use super::{Ask, ModelError, Settings};
use crate::effect::Role;

/// The body of a request.
pub(super) fn body(settings: &Settings, ask: &Ask<'_>) -> Value {
    let messages = ask.messages.iter().map(|message| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({ "role": role, "content": message.content })
    });
    let mut body = json!({
        "model": settings.model,
        "messages": messages.collect::<Vec<_>>(),
        settings.limit_key.as_str(): ask.max_tokens,
        "stream": settings.stream,
    });
    if settings.stream {
        body["stream_options"] = json!({ "include_usage": true });
    }
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    if let Some(schema) = &ask.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": true, "schema": schema },
        });
    }
    body
}

/// What an event of the stream says.
pub(super) fn event(data: &str) -> Result<Vec<Piece>, ModelError> {
    if data.trim() == "[DONE]" {
        return Ok(vec![Piece::End]);
    }
    let event: Value =
        serde_json::from_str(data).map_err(|_| ModelError::Protocol("an event is no JSON"))?;
    pieces(&event, "delta")
}

/// What an answer that comes whole says.
pub(super) fn whole(answer: &Value) -> Result<Vec<Piece>, ModelError> {
    if !answer["choices"].is_array() {
        return Err(ModelError::Protocol("an answer without choices"));
    }
    pieces(answer, "message")
}

fn pieces(event: &Value, part: &str) -> Result<Vec<Piece>, ModelError> {
    if !event["error"].is_null() {
        return Err(ModelError::Reported(code(event)));
    }
    let mut pieces = Vec::new();
    // One choice was asked for; others would be read as a part of it.
    let choice = &event["choices"][0];
    let said = &choice[part];
    if has(&said["tool_calls"]) || has(&said["function_call"]) {
        return Err(ModelError::Tool);
    }
    if let Some(text) = said["content"].as_str() {
        pieces.push(Piece::Text(text.to_owned()));
    }
    if let Some(reason) = choice["finish_reason"].as_str() {
        pieces.push(Piece::Stop(stop(reason)?));
    }
    let usage = &event["usage"];
    if usage.is_object() {
        pieces.push(Piece::Counted {
            input: usage["prompt_tokens"].as_u64(),
            output: usage["completion_tokens"].as_u64(),
        });
    }
    Ok(pieces)
}

/// Some servers send an empty list, or null, beside the text.
fn has(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    }
}

fn stop(reason: &str) -> Result<&'static str, ModelError> {
    Ok(match reason {
        "stop" => "stop",
        "length" => "length",
        "content_filter" => "refusal",
        "tool_calls" | "function_call" => return Err(ModelError::Tool),
        _ => "other",
    })
}
