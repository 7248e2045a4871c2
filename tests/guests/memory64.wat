;; A memory with 64-bit addresses, grown to where 32-bit sums wrap around.
(module
  (memory $memory (export "memory") 1)
  (memory $wide i64 1)
  (func (export "execute") (param i32) (result i32)
    (call $say-number (memory.grow $wide (i64.const 0x1_0000_0000)))))
