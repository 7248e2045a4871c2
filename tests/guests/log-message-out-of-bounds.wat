;; Claims a message of a gibibyte in a memory of one page: a host that believed
;; the length would read its own memory.
(module
  (func (export "execute") (param i32) (result i32)
    (call $emit (i32.const 1) (i32.const 1024) (i32.const 0x40000000))
    (unreachable)))
