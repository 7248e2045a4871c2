;; Calls a function through a type it does not have.
(module
  (table 1 funcref)
  (func $f (param i64))
  (elem (i32.const 0) $f)
  (func (export "execute") (param i32) (result i32)
    (call_indirect (result i32) (i32.const 0))))
