;; Names one timer a hundred thousand times in one question: one call, and the
;; host's work grows with it.
(module
  (memory (export "memory") 16)
  (func (export "execute") (param i32) (result i32)
    (local $timer i32) (local $at i32)
    (local.set $timer (call $subscribe-duration (i64.const 0)))
    (loop $next
      (i32.store offset=65536 (local.get $at) (local.get $timer))
      (br_if $next (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 400000))))
    (call $poll (i32.const 65536) (i32.const 100000) (i32.const 64))
    (call $say-number (i64.load32_u (i32.const 68)))))
