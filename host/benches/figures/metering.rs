//! What fuel and epochs cost, on four guests: loops, calls, memory and calls
//! into the host, each without metering, with one of the two and with both.

use criterion::Criterion;
use wasmtime::{Config, Engine, Instance, Linker, Module, Store};

const GUESTS: [(&str, &str); 4] = [
    (
        "loops",
        r#"(module (func (export "run") (local $i i32) (local $sum i64)
            (loop $again
                (local.set $sum (i64.mul (i64.add (local.get $sum)
                    (i64.extend_i32_u (local.get $i))) (i64.const 31)))
                (br_if $again (i32.ne (i32.const 1000000)
                    (local.tee $i (i32.add (local.get $i) (i32.const 1))))))
            (drop (local.get $sum))))"#,
    ),
    (
        "calls",
        r#"(module
            (func $fib (param i32) (result i32)
                (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
                    (then (local.get 0))
                    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                                   (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
            (func (export "run") (drop (call $fib (i32.const 24)))))"#,
    ),
    (
        "memory",
        r#"(module (memory 16) (func (export "run") (local $at i32)
            (loop $again
                (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1)))
                (br_if $again (i32.lt_u
                    (local.tee $at (i32.add (local.get $at) (i32.const 8)))
                    (i32.const 1048576))))))"#,
    ),
    (
        "host calls",
        r#"(module (import "host" "tick" (func $tick)) (func (export "run") (local $i i32)
            (loop $again
                (call $tick)
                (br_if $again (i32.ne (i32.const 20000)
                    (local.tee $i (i32.add (local.get $i) (i32.const 1))))))))"#,
    ),
];

const WAYS: [(&str, bool, bool); 4] = [
    ("neither (baseline)", false, false),
    ("epochs", false, true),
    ("fuel", true, false),
    ("both", true, true),
];

pub fn figures(criterion: &mut Criterion) {
    for (guest, text) in GUESTS {
        let mut group = criterion.benchmark_group(format!("metering of {guest}"));
        for (way, fuel, epochs) in WAYS {
            let (mut store, instance) = guest_with(text, fuel, epochs);
            let run = instance
                .get_typed_func::<(), ()>(&mut store, "run")
                .expect("it runs");
            group.bench_function(way, |bencher| {
                bencher.iter(|| {
                    if fuel {
                        store.set_fuel(u64::MAX / 2).expect("fuel");
                    }
                    run.call(&mut store, ()).expect("it ends");
                });
            });
        }
        group.finish();
    }
}

fn guest_with(text: &str, fuel: bool, epochs: bool) -> (Store<()>, Instance) {
    let mut config = Config::new();
    config.consume_fuel(fuel).epoch_interruption(epochs);
    config.cranelift_nan_canonicalization(true);
    let engine = Engine::new(&config).expect("an engine");
    let module = Module::new(&engine, wat::parse_str(text).expect("WAT")).expect("a module");
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "tick", || {})
        .expect("a host function");
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(u64::MAX / 2).expect("fuel");
    }
    if epochs {
        store.set_epoch_deadline(u64::MAX / 2);
    }
    let instance = linker
        .instantiate(&mut store, &module)
        .expect("an instance");
    (store, instance)
}
