;; Gives the host a place that begins inside its memory and ends outside.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 65532)))
