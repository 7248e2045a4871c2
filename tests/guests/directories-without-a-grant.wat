;; Imports both interfaces in a task that grants neither, and counts the
;; directories that are mounted all the same.
(module
  (func $imports (call $input-list (i32.const 64))
    (call $workspace-list
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
  (func (export "execute") (param i32) (result i32)
    (call $get-directories (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
