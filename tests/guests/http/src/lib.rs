//! A guest that does, line by line, what it is told, and says what came of it.

mod ask;
mod badly;

use sentinel_sdk::{Agent, AgentError, Output, Settings, Task, history};

use ask::Asking;

struct Probe {
    orders: String,
}

impl Agent for Probe {
    fn initialize(settings: Settings) -> Result<Self, AgentError> {
        let orders = settings.get("execute").unwrap_or_default().to_owned();
        Ok(Probe { orders })
    }

    fn execute(&mut self, _: Task) -> Result<Output, AgentError> {
        let mut asking = Asking::default();
        let mut said = Vec::new();
        for order in self.orders.lines() {
            let (order, rest) = order.split_once(' ').unwrap_or((order, ""));
            said.extend(obey(&mut asking, order, rest)?);
        }
        Ok(Output::Abstained(said.join("\n")))
    }
}

sentinel_sdk::agent!(Probe);

/// What an order says, where it says anything.
fn obey(asking: &mut Asking, order: &str, rest: &str) -> Result<Option<String>, AgentError> {
    Ok(Some(match order {
        // For the next request.
        "header" => return Ok(asking.header(rest)),
        "send" => asking.send(rest),
        "follow" => asking.follow(rest),
        "repeat" => asking.repeat(rest),
        "headers" => asking.show_headers(),
        "spin" => badly::spin(rest),
        "unfinished" => badly::unfinished(rest),
        "unfinished-with-timer" => badly::unfinished_with_timer(rest),
        "dropped" => badly::dropped(rest),
        "write" => badly::write(rest),
        "length" => badly::length(rest),
        "trailers" => badly::trailers(rest),
        "twice" => badly::twice(rest),
        "flood-fields" => badly::flood_fields(),
        "hoard-bodies" => badly::hoard_bodies(rest),
        "method" => badly::method(rest),
        "path" => badly::path(rest),
        "authority" => badly::authority(rest),
        "scheme" => badly::scheme(rest),
        "options" => badly::options(),
        "respond" => badly::respond(),
        "checks" => badly::checks(rest),
        "looks" => badly::looks(rest),
        "history" => format!("{:?}", history::list(rest.parse().unwrap_or(10))),
        other => return Err(AgentError::InvalidConfig(other.to_owned())),
    }))
}
