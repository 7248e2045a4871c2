;; Uses a file after closing it.
(module
  (func (export "execute") (param i32) (result i32)
    (local $file i32)
    (local.set $file (call $lib))
    (call $drop-descriptor (local.get $file))
    (call $read (local.get $file) (i64.const 10) (i64.const 0) (i32.const 64))
    (call $verdict (i32.const 4))))
