;; A message whose end, summed in 32 bits, lies before its beginning.
(module
  (func (export "execute") (param i32) (result i32)
    (call $emit (i32.const 1) (i32.const -16) (i32.const 32))
    (unreachable)))
