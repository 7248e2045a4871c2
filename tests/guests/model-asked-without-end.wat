;; since: 0.1.1
;; Asks a model in a loop until its budget of requests ends: case 2 of the
;; error, out-of-budget. Says how often it was heard.
(module
  (func (export "execute") (param i32) (result i32) (local $asked i64)
    (loop $again
      (call $model-complete (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 64))
      (if (i32.ne (i32.load8_u (i32.const 72)) (i32.const 2))
        (then
          (local.set $asked (i64.add (local.get $asked) (i64.const 1)))
          (br $again))))
    (call $say-number (local.get $asked))))
