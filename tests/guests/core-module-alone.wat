;; A core module where a component is wanted: it has exports but no types, so
;; nothing about it could be checked.
;; as: core
(module
  (memory (export "memory") 1)
  (func (export "execute") (param i32) (result i32) (i32.const 0)))
