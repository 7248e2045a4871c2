;; One real message larger than anything a call may bring: the host must not
;; copy it before it counts it.
(module
  (memory (export "memory") 600)
  (func (export "execute") (param i32) (result i32)
    (call $emit (i32.const 1) (i32.const 65536) (i32.const 33554432))
    (unreachable)))
