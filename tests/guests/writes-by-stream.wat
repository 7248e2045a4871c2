;; Writes through a stream of a file that it opened for reading.
(module
  (data (i32.const 1024) "mine")
  (func (export "execute") (param i32) (result i32)
    (call $write-via-stream (call $lib) (i64.const 0) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 4)))))
    (call $write-and-flush (i32.load (i32.const 68))
      (i32.const 1024) (i32.const 4) (i32.const 64))
    (call $verdict (i32.const 4))))
