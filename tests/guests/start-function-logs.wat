;; Logs while it is being made. The table through which such calls go is filled
;; only afterwards, so it traps and says nothing.
(module
  (data (i32.const 1024) "early")
  (func $start (call $emit (i32.const 1) (i32.const 1024) (i32.const 5)))
  (start $start))
