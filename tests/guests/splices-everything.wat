;; Has the host copy 2^64 - 1 bytes from a file to standard output. It says how
;; many there were.
(module
  (func (export "execute") (param i32) (result i32)
    (call $read-via-stream (call $lib) (i64.const 0) (i32.const 64))
    (call $blocking-splice (call $get-stdout)
      (i32.load (i32.const 68)) (i64.const -1) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 8)))))
    (call $say-number (i64.load (i32.const 72)))))
