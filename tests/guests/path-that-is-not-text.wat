;; A path that is no UTF-8.
(module
  (data (i32.const 1024) "src/\ff\fe")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 6))
    (call $verdict (i32.const 4))))
