;; Calls itself until the stack is full.
(module
  (func $deeper (param i64) (result i64)
    (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))
  (func (export "execute") (param i32) (result i32)
    (call $say-number (call $deeper (i64.const 0)))))
