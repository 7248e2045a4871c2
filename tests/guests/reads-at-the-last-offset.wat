;; Reads at an offset that is -1 to whoever takes it for a signed number.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read (call $lib) (i64.const 10) (i64.const -1) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 4)))))
    (call $say-number (i64.extend_i32_u (i32.add (i32.load (i32.const 72))
      (i32.mul (i32.load8_u (i32.const 76)) (i32.const 100)))))))
