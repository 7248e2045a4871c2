;; Gives the host the same place for everything: it overwrites what it wrote.
;; That is the guest's own loss, and the host has to come through it.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 32768)))
