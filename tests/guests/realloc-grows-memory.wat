;; Moves its memory while the host is copying an answer in: a host that kept an
;; address from before would write to freed memory.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 4)))
    (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))
  (func (export "execute") (param i32) (result i32)
    (call $random (i64.const 1000) (i32.const 64))
    (call $say-number (i64.extend_i32_u (i32.load (i32.const 68))))))
