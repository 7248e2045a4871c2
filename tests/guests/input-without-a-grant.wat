;; Asks for its input in a task that grants none, and says the rule it is told.
(module
  (func (export "execute") (param i32) (result i32)
    (call $input-list (i32.const 64))
    (if (i32.eqz (i32.load8_u (i32.const 64)))
      (then (return (call $say-number (i64.load32_u (i32.const 72))))))
    (call $say (i32.load (i32.const 80)) (i32.load (i32.const 84)))))
