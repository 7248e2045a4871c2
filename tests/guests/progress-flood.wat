;; Reports progress without end.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $again
      (call $progress (i32.const 1024) (i32.const 0) (i32.const 1) (i32.const 0))
      (br $again))
    (unreachable)))
