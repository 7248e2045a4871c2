;; Logs kilobytes until the budget for bytes ends it.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $again
      (call $emit (i32.const 1) (i32.const 1024) (i32.const 1024))
      (br $again))
    (unreachable)))
