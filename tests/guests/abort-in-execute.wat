;; Aborts in execute, as a panic does in most languages.
(module
  (func (export "execute") (param i32) (result i32) (unreachable)))
