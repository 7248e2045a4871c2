;; Asks the host to write 2^64 - 1 zeros: a host that made them first would be
;; out of memory.
(module
  (func (export "execute") (param i32) (result i32)
    (call $write-zeroes (call $get-stdout) (i64.const -1) (i32.const 64))
    (call $verdict (i32.const 4))))
