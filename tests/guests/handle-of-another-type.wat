;; Hands a timer to a function that wants a file.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read (call $subscribe-duration (i64.const 0))
      (i64.const 10) (i64.const 0) (i32.const 64))
    (call $verdict (i32.const 4))))
