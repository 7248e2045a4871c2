;; Claims a list of things to wait for that ends outside its memory.
(module
  (func (export "execute") (param i32) (result i32)
    (call $poll (i32.const 1024) (i32.const 0x3fffffff) (i32.const 64))
    (unreachable)))
