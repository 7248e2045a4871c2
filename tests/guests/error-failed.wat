;; Answers a task with the error `failed`: the agent's own, and no trap.
(module
  (data (i32.const 1024) "failed it is")
  (func (export "execute") (param i32) (result i32)
    (call $refuse (i32.const 3) (i32.const 1024) (i32.const 12))))
