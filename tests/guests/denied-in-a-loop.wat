;; Asks for what it may not have over and over: every refusal is recorded, and
;; the record must not grow without end.
(module
  (func (export "execute") (param i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const 2000))
    (loop $again
      (global.set $heap (i32.const 32768))
      (call $input-list (i32.const 64))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $say-number (i64.load8_u (i32.const 64)))))
