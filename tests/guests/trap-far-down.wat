;; Traps at the end of three thousand calls: a backtrace of all of them would
;; fill whatever it is stored in.
(module
  (func $down (param i32)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (call $down (i32.sub (local.get 0) (i32.const 1))))
  (func (export "execute") (param i32) (result i32)
    (call $down (i32.const 3000))
    (unreachable)))
