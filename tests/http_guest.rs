//! The guest that asks the web (`guests/http`), built once.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

pub static GUEST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/http");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests-http");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            "wasm32-wasip2",
        ])
        .current_dir(&guest)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the guest does not build");
    std::fs::read(target.join("wasm32-wasip2/release/http_probe.wasm")).expect("it is built")
});
