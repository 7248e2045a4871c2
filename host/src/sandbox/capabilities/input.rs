//! `input`: which files the task has.

use super::{Access, denied};
use crate::grant::Effect;
use crate::sandbox::bindings::sentinel::agent::input;
use crate::sandbox::files::{InputFile, InputKind};
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};

impl input::Host for State {
    fn list(&mut self) -> Access<Vec<input::InputFile>> {
        if let Err(refusal) = self.authorise(Effect::Input) {
            self.note(HostFn::InputList, Fact::new());
            return Ok(Err(denied(refusal)));
        }
        let file = |file: &InputFile| input::InputFile {
            path: file.path.clone(),
            kind: match &file.kind {
                InputKind::JobLog => input::InputKind::JobLog,
                InputKind::Other(name) => input::InputKind::Other(name.clone()),
            },
            size: file.size,
        };
        let files: Vec<_> = self.files.input().into_iter().flatten().map(file).collect();
        let fact = files.iter().fold(Fact::new(), |fact, file| {
            fact.text(&file.path).number(file.size)
        });
        self.note(HostFn::InputList, fact);
        Ok(Ok(files))
    }
}
