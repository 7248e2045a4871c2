;; Gives the host a place outside its memory to write its settings to.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 0x7ffffff0)))
