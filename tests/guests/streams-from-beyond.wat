;; Reads a stream that begins behind the end of its file: closed at once, which
;; is case 1 of a stream's error.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read-via-stream (call $lib) (i64.const 0x7fffffffffffff00) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 4)))))
    (call $blocking-read (i32.load (i32.const 68)) (i64.const 10) (i32.const 64))
    (call $verdict (i32.const 4))))
