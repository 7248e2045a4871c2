;; Imports neither interface in a task that grants both, and counts the
;; directories that are mounted all the same: what a component can reach has to
;; be readable off its binary.
(module
  (func (export "execute") (param i32) (result i32)
    (call $get-directories (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
