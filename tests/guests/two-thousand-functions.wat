;; Many functions in little space: each costs the compiler far more than its
;; four bytes.
(module
  (;repeat 2000;)(func)(;end;))
