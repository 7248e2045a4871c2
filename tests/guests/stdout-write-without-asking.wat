;; Writes more than the host has said it would take.
(module
  (memory (export "memory") 8)
  (func (export "execute") (param i32) (result i32)
    (call $stream-write (call $get-stdout) (i32.const 65536) (i32.const 200000) (i32.const 64))
    (call $verdict (i32.const 4))))
