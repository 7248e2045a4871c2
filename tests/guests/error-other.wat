;; Answers a task with an error of a later version.
(module
  (data (i32.const 1024) "from later")
  (func (export "execute") (param i32) (result i32)
    (i32.store (i32.const 32) (i32.const 1024))
    (i32.store (i32.const 36) (i32.const 10))
    (call $refuse (i32.const 4) (i32.const 1024) (i32.const 4))))
