;; Asks for 2^63 random bytes in one call.
(module
  (func (export "execute") (param i32) (result i32)
    (call $random (i64.const 0x8000000000000000) (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
