;; A list of proposals at an odd address.
(module
  (func (export "execute") (param i32) (result i32)
    (drop (call $propose (f64.const 0.5)))
    (i32.store (i32.const 24) (i32.const 513))
    (i32.const 16)))
