;; Asks for timers and drops none.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $again
      (drop (call $subscribe-duration (i64.const 0)))
      (br $again))
    (unreachable)))
