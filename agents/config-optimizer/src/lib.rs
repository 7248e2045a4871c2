use sentinel_sdk::{Agent, AgentError, Output, Settings, Task};
pub struct A;
impl Agent for A {
    fn initialize(_: Settings) -> Result<Self, AgentError> { Ok(A) }
    fn execute(&mut self, _: Task) -> Result<Output, AgentError> {
        sentinel_sdk::log::emit(sentinel_sdk::log::Level::Info, "hello");
        let n = sentinel_sdk::input::list().map(|l| l.len()).unwrap_or(0);
        Ok(Output::Abstained(format!("not yet {n}")))
    }
}
sentinel_sdk::agent!(A);
