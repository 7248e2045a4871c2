;; A hundred thousand empty actions: each is a few bytes here and a hundred in the host.
(module
  (memory (export "memory") 100)
  (func (export "execute") (param i32) (result i32)
    (drop (call $propose (f64.const 0.5)))
    (i32.store (i32.const 544) (i32.const 65536)) ;; actions: all of them `change([])`
    (i32.store (i32.const 548) (i32.const 100000))
    (i32.const 16)))
