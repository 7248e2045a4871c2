;; Opens streams of one file and closes none.
(module
  (func (export "execute") (param i32) (result i32)
    (local $file i32)
    (local.set $file (call $lib))
    (loop $again
      (call $read-via-stream (local.get $file) (i64.const 0) (i32.const 64))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
    (call $verdict (i32.const 4))))
