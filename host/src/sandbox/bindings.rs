//! The contract's host side, generated from `wit/`.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "agent",
    // Only what leaves the sandbox waits; a call of the rest costs no future.
    imports: {
        "sentinel:agent/runner.commands": async | trappable,
        "sentinel:agent/runner.run": async | trappable,
        "sentinel:agent/model.complete": async | trappable,
        "sentinel:agent/history.list": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
