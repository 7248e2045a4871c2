;; Answers with a text that ends outside its memory.
(module
  (func (export "execute") (param i32) (result i32)
    (call $say (i32.const 65000) (i32.const 1000))))
