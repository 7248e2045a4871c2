;; Aborts in initialize, as a panic does in most languages.
(module
  (func (export "initialize") (param i32 i32) (result i32) (unreachable)))
