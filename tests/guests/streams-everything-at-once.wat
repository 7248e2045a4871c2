;; Reads 2^64 - 1 bytes of a stream. It says how much it got.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read-via-stream (call $lib) (i64.const 0) (i32.const 64))
    (call $blocking-read (i32.load (i32.const 68)) (i64.const -1) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 4)))))
    (call $say-number (i64.load32_u (i32.const 72)))))
