;; Gives the host a place at an odd address.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 32769)))
