;; A case of `output` that the contract does not have.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.store8 (i32.const 20) (i32.const 99))
    (i32.const 16)))
