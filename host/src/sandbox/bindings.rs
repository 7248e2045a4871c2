//! The contract's host side, generated from `wit/`.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "agent",
    // None of ours waits for anything, so a call costs no future.
    imports: { default: trappable },
    exports: { default: async },
});
