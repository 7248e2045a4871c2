;; One function of ninety kilobytes that carries a value across thirty thousand
;; calls. The compiler's time grows with the square of their number, and it is
;; spent before any fuel is.
(module
  (func $one (result i32) (i32.const 1))
  (func (export "execute") (param i32) (result i32)
    (i32.const 0)
    (;repeat 30000;) (i32.add (call $one)) (;end;)
    (i64.extend_i32_u)
    (call $say-number)))
