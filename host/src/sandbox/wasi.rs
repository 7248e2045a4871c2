//! WASI 0.2 as a guest sees it: an immutable tree, a clock that only the guest
//! moves, streams that are always ready, seeded randomness, no network.
//!
//! The interfaces and their types are those of `wasmtime-wasi`'s bindings; the
//! implementation is ours, because the stock one shows unsorted listings,
//! inode numbers, real time and reads that are sometimes not ready, which no
//! replay could repeat. Sockets stay the stock ones with everything denied:
//! they never hand out a handle.

mod clock;
mod console;
mod directory;
mod filesystem;
mod poll;
mod random;
mod streams;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::p2::bindings::sync::{filesystem as fs, io};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem as fs_async, random as rnd, sockets};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsCtxView};

pub(super) use clock::Clock;
pub(super) use console::{Console, Exited};
pub(super) use poll::Pollable;
pub(super) use random::{MAX_RANDOM_BYTES, Seeded};
pub(super) use streams::{Input, Output};

use super::state::State;

/// Links every interface of WASI 0.2's command world.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Own = HasSelf<State>;
    let l = linker;
    io::error::add_to_linker::<_, Own>(l, |state| state)?;
    io::streams::add_to_linker::<_, Own>(l, |state| state)?;
    wasmtime_wasi::p2::bindings::io::poll::add_to_linker::<_, Own>(l, |state| state)?;
    clocks::wall_clock::add_to_linker::<_, Own>(l, |state| state)?;
    clocks::monotonic_clock::add_to_linker::<_, Own>(l, |state| state)?;
    fs::types::add_to_linker::<_, Own>(l, |state| state)?;
    fs_async::preopens::add_to_linker::<_, Own>(l, |state| state)?;
    rnd::random::add_to_linker::<_, Own>(l, |state| state)?;
    rnd::insecure::add_to_linker::<_, Own>(l, |state| state)?;
    rnd::insecure_seed::add_to_linker::<_, Own>(l, |state| state)?;
    cli::environment::add_to_linker::<_, Own>(l, |state| state)?;
    cli::exit::add_to_linker::<_, Own>(l, |state| state)?;
    cli::stdin::add_to_linker::<_, Own>(l, |state| state)?;
    cli::stdout::add_to_linker::<_, Own>(l, |state| state)?;
    cli::stderr::add_to_linker::<_, Own>(l, |state| state)?;
    cli::terminal_input::add_to_linker::<_, Own>(l, |state| state)?;
    cli::terminal_output::add_to_linker::<_, Own>(l, |state| state)?;
    cli::terminal_stdin::add_to_linker::<_, Own>(l, |state| state)?;
    cli::terminal_stdout::add_to_linker::<_, Own>(l, |state| state)?;
    cli::terminal_stderr::add_to_linker::<_, Own>(l, |state| state)?;
    link_sockets(l)
}

fn link_sockets(l: &mut Linker<State>) -> wasmtime::Result<()> {
    fn view(state: &mut State) -> WasiSocketsCtxView<'_> {
        WasiSocketsCtxView {
            ctx: &mut state.sockets,
            table: &mut state.table,
        }
    }
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(l, &options, view)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(l, view)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, view)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(l, view)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, view)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(l, view)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, view)
}
