;; Asks for 2^32 - 1 entries of a large tree at once, and says how many it got.
(module
  (func (export "execute") (param i32) (result i32)
    (call $workspace-list
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 72)))))
