;; Tries the first handle there could be, in the hope that the host uses it.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read (i32.const 1) (i64.const 10) (i64.const 0) (i32.const 64))
    (call $verdict (i32.const 4))))
