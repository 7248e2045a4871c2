;; since: 0.1.1
;; Asks what became of this failure before, and says the rule it is told.
(module
  (func (export "execute") (param i32) (result i32)
    (call $history-list (i32.const -1) (i32.const 64))
    (call $say (i32.load (i32.const 80)) (i32.load (i32.const 84)))))
