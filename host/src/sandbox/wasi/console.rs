//! Standard streams, arguments, environment and exit: nothing comes in, what
//! goes out is kept within a bound.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::streams::{Input, Output};
use crate::sandbox::error::{Budget, Exhausted};
use crate::sandbox::state::{State, owned};
use crate::sandbox::trace::{Fact, HostFn};

/// What a guest wrote to standard output and standard error.
#[derive(Debug)]
pub struct Console {
    limit: usize,
    stdout: usize,
    stderr: Vec<u8>,
}

impl Console {
    /// `limit` bytes of each stream.
    pub fn new(limit: usize) -> Console {
        Console {
            limit,
            stdout: 0,
            stderr: Vec::new(),
        }
    }

    /// Standard error, which has a panic's message.
    pub fn stderr(&self) -> &[u8] {
        &self.stderr
    }

    /// Standard output is counted and not kept: the log interface is there for
    /// what is to be read.
    pub fn write_stdout(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.stdout = self.stdout.saturating_add(bytes);
        match self.stdout > self.limit {
            true => Err(Exhausted(Budget::LogBytes)),
            false => Ok(()),
        }
    }

    pub fn write_stderr(&mut self, bytes: &[u8]) -> Result<(), Exhausted> {
        if self.stderr.len() + bytes.len() > self.limit {
            return Err(Exhausted(Budget::LogBytes));
        }
        self.stderr.extend_from_slice(bytes);
        Ok(())
    }
}

/// Raised where a guest ends itself instead of returning.
#[derive(Debug, Clone, Copy)]
pub struct Exited(pub u8);

impl std::fmt::Display for Exited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the guest ended itself with exit code {}", self.0)
    }
}

impl std::error::Error for Exited {}

impl environment::Host for State {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.note(HostFn::Environment, Fact::new());
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.note(HostFn::Environment, Fact::new());
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.note(HostFn::Environment, Fact::new());
        Ok(None)
    }
}

impl exit::Host for State {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        self.exit_with_code(u8::from(status.is_err()))
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        self.note(HostFn::Exit, Fact::new().number(u64::from(code)));
        Err(Exited(code).into())
    }
}

impl stdin::Host for State {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        self.note(HostFn::Stdio, Fact::new().number(0));
        Ok(owned(self.table.push(Input::Empty)?))
    }
}

impl stdout::Host for State {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.note(HostFn::Stdio, Fact::new().number(1));
        Ok(owned(self.table.push(Output::Stdout)?))
    }
}

impl stderr::Host for State {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.note(HostFn::Stdio, Fact::new().number(2));
        Ok(owned(self.table.push(Output::Stderr)?))
    }
}

// No stream is a terminal, so no handle of one is ever made.

impl terminal_input::Host for State {}
impl terminal_input::HostTerminalInput for State {
    fn drop(&mut self, handle: Resource<terminal_input::TerminalInput>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
impl terminal_output::Host for State {}
impl terminal_output::HostTerminalOutput for State {
    fn drop(&mut self, handle: Resource<terminal_output::TerminalOutput>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
impl terminal_stdin::Host for State {
    fn get_terminal_stdin(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_input::TerminalInput>>> {
        Ok(None)
    }
}
impl terminal_stdout::Host for State {
    fn get_terminal_stdout(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}
impl terminal_stderr::Host for State {
    fn get_terminal_stderr(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}
