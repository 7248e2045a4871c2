;; Answers with a text that is no UTF-8.
(module
  (data (i32.const 1024) "\ff\fe\80")
  (func (export "execute") (param i32) (result i32)
    (call $say (i32.const 1024) (i32.const 3))))
