;; Writes one byte behind its memory.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.store8 (i32.const 65536) (i32.const 1))
    (i32.const 0)))
