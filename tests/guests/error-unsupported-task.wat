;; Answers a task with the error `unsupported-task`: the agent's own, and no trap.
(module
  (data (i32.const 1024) "unsupported-task it is")
  (func (export "execute") (param i32) (result i32)
    (call $refuse (i32.const 1) (i32.const 1024) (i32.const 22))))
