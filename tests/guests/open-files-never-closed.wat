;; Opens the same file over and over and closes nothing.
(module
  (data (i32.const 1024) "src/lib.rs")
  (func (export "execute") (param i32) (result i32)
    (local $workspace i32)
    (local.set $workspace (call $workspace))
    (loop $again
      (call $open-at (local.get $workspace) (i32.const 1)
        (i32.const 1024) (i32.const 10) (i32.const 0) (i32.const 1) (i32.const 64))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
    (call $verdict (i32.const 4))))
