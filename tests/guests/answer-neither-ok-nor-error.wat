;; A result that is neither of its two cases.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.store8 (i32.const 16) (i32.const 7))
    (i32.const 16)))
