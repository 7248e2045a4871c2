;; Counts the arguments it finds.
(module
  (func (export "execute") (param i32) (result i32)
    (call $get-arguments (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
