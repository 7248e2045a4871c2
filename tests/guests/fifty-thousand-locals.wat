;; Fifty thousand locals of one function: a frame of 400 kB that is entered in
;; one step, past a guard page that is 4 kB.
(module
  (func $deep (param $depth i32) (result i64)
    (local (;repeat 49990;) i64 (;end;))
    (if (i32.eqz (local.get $depth)) (then (return (i64.const 7))))
    (call $deep (i32.sub (local.get $depth) (i32.const 1))))
  (func (export "execute") (param i32) (result i32)
    (call $say-number (call $deep (i32.const 1000000)))))
