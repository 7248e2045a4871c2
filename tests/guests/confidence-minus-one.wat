;; Less than not sure at all.
(module
  (func (export "execute") (param i32) (result i32)
    (call $propose (f64.const -1))))
