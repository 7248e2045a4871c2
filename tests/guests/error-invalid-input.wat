;; Answers a task with the error `invalid-input`: the agent's own, and no trap.
(module
  (data (i32.const 1024) "invalid-input it is")
  (func (export "execute") (param i32) (result i32)
    (call $refuse (i32.const 2) (i32.const 1024) (i32.const 19))))
