;; Names one timer twice in one question, and has to be told of both.
(module
  (func (export "execute") (param i32) (result i32)
    (local $timer i32)
    (local.set $timer (call $subscribe-duration (i64.const 0)))
    (i32.store (i32.const 1024) (local.get $timer))
    (i32.store (i32.const 1028) (local.get $timer))
    (call $poll (i32.const 1024) (i32.const 2) (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
