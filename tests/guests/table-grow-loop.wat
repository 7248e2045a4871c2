;; Grows a table until it is refused, and says how far it came.
(module
  (table $t 0 funcref)
  (func (export "execute") (param i32) (result i32)
    (loop $more
      (br_if $more (i32.ne
        (table.grow $t (ref.null func) (i32.const 10)) (i32.const -1))))
    (call $say-number (i64.extend_i32_u (table.size $t)))))
