;; Divides by zero, which is a signal in the host's process.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.div_u (i32.const 1) (i32.const 0))))
