;; Makes a file larger than any disk.
(module
  (func (export "execute") (param i32) (result i32)
    (call $set-size (call $lib) (i64.const 0x7fffffffffffffff) (i32.const 64))
    (call $verdict (i32.const 1))))
