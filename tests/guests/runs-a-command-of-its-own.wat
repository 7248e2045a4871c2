;; since: 0.1.1
;; Names a command instead of choosing one, in a task that grants the runner:
;; a host derives commands itself.
(module
  (data (i32.const 1024) "rm -rf /")
  (func (export "execute") (param i32) (result i32)
    (call $runner-run (i32.const 1024) (i32.const 8)
      (i32.const 0) (i32.const 0) (i32.const 64))
    ;; The error's case: 3 is `failed`.
    (call $say-number (i64.load32_u (i32.const 68)))))
