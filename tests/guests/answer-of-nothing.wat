;; A list of no proposals, which the contract does not allow.
(module
  (func (export "execute") (param i32) (result i32)
    (drop (call $propose (f64.const 0.5)))
    (i32.store (i32.const 28) (i32.const 0))
    (i32.const 16)))
