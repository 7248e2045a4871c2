;; Uses a number as a handle that it was never given.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read (i32.const 4242) (i64.const 10) (i64.const 0) (i32.const 64))
    (call $verdict (i32.const 4))))
