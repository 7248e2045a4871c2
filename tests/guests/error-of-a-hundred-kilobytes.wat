;; An error whose text would fill a ledger entry.
(module
  (memory (export "memory") 4)
  (func (export "execute") (param i32) (result i32)
    (memory.fill (i32.const 65536) (i32.const 120) (i32.const 100000))
    (call $refuse (i32.const 3) (i32.const 65536) (i32.const 100000))))
