;; Calls through an empty place of a table.
(module
  (table 1 funcref)
  (func (export "execute") (param i32) (result i32)
    (call_indirect (result i32) (i32.const 0))))
