;; Blocks nested fifty thousand deep, for whatever recurses over them.
(module
  (func (export "execute") (param i32) (result i32)
    (;repeat 50000;) block (;end;)
    (;repeat 50000;) end (;end;)
    (call $say-number (i64.const 1))))
