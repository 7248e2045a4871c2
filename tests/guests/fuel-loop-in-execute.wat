;; Never comes back from execute.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $again (br $again))
    (unreachable)))
