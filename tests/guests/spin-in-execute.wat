;; Loops with fuel to spare: only the deadline is left.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $again (br $again))
    (unreachable)))
