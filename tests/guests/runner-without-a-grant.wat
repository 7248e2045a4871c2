;; since: 0.1.1
;; Wants to know what it may run, and says the rule it is told.
(module
  (func (export "execute") (param i32) (result i32)
    (call $runner-commands (i32.const 64))
    (call $say (i32.load (i32.const 80)) (i32.load (i32.const 84)))))
