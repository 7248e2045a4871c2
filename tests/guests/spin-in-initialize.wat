;; Loops with fuel to spare: only the deadline is left.
(module
  (func (export "initialize") (param i32 i32) (result i32)
    (loop $again (br $again))
    (unreachable)))
