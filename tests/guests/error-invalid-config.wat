;; Answers a task with the error `invalid-config`: the agent's own, and no trap.
(module
  (data (i32.const 1024) "invalid-config it is")
  (func (export "execute") (param i32) (result i32)
    (call $refuse (i32.const 0) (i32.const 1024) (i32.const 20))))
