;; A path of sixty thousand parts, for whatever walks it part by part.
(module
  (memory (export "memory") 4)
  (func (export "execute") (param i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 65536))
    (loop $part
      (i32.store16 (local.get $at) (i32.const 0x2f61)) ;; "a/"
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $part (i32.lt_u (local.get $at) (i32.const 185536))))
    (call $open (i32.const 65536) (i32.const 120000))
    (call $verdict (i32.const 4))))
