;; A message at level 77 of five.
(module
  (func (export "execute") (param i32) (result i32)
    (call $emit (i32.const 77) (i32.const 1024) (i32.const 0))
    (unreachable)))
