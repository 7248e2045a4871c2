;; Refuses its settings: execute must not be called after that.
(module
  (data (i32.const 1024) "no such setting")
  (func (export "initialize") (param i32 i32) (result i32)
    (call $refuse (i32.const 0) (i32.const 1024) (i32.const 15)))
  (func (export "execute") (param i32) (result i32)
    (call $emit (i32.const 1) (i32.const 1024) (i32.const 15))
    (call $say-number (i64.const 1))))
