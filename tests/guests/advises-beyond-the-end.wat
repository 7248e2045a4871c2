;; Gives advice about bytes that no file has, with a sum that overflows.
(module
  (func (export "execute") (param i32) (result i32)
    (call $advise (call $lib) (i64.const -1) (i64.const -1) (i32.const 3) (i32.const 64))
    (call $verdict (i32.const 1))))
