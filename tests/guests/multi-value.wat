;; Ten results of one block: not hostile, but the calling convention it takes
;; is the rarer path. It has to work.
(module
  (func $ten (result i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
    (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10))
  (func (export "execute") (param i32) (result i32)
    (call $ten)
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    (call $say-number)))
