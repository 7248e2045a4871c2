;; Proposes an action `other`. Dropping it would do half of what was meant.
(module
  (func (export "execute") (param i32) (result i32)
    (drop (call $propose (f64.const 0.5)))
    (i32.store (i32.const 544) (i32.const 1024))
    (i32.store (i32.const 548) (i32.const 1))
    (i32.store8 (i32.const 1024) (i32.const 3))
    (i32.const 16)))
