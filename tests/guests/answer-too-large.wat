;; Answers with more text than an answer may have.
(module
  (memory (export "memory") 80)
  (func (export "execute") (param i32) (result i32)
    (call $say (i32.const 65536) (i32.const 4194304))))
