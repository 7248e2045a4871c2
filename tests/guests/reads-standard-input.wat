;; Waits for input that nobody types: closed at once, which is case 1 of a
;; stream's error.
(module
  (func (export "execute") (param i32) (result i32)
    (call $blocking-read (call $get-stdin) (i64.const -1) (i32.const 64))
    (call $verdict (i32.const 4))))
