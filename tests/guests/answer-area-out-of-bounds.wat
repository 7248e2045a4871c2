;; The place of the whole answer lies outside its memory.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.const 65532)))
