;; since: 0.1.1
;; Asks a model, and says the rule it is told.
(module
  (func (export "execute") (param i32) (result i32)
    (call $model-complete (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 64))
    (call $say (i32.load (i32.const 84)) (i32.load (i32.const 88)))))
