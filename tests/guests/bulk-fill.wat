;; One instruction that writes four megabytes, over and over: little fuel, much
;; time. Whichever ends it, it ends.
(module
  (memory (export "memory") 80)
  (func (export "execute") (param i32) (result i32)
    (loop $again
      (memory.fill (i32.const 65536) (i32.const 1) (i32.const 4194304))
      (br $again))
    (unreachable)))
