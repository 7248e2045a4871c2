;; Gives a file outside the tree a name inside.
(module
  (data (i32.const 1024) "../secret.txtmine")
  (func (export "execute") (param i32) (result i32)
    (local $workspace i32)
    (local.set $workspace (call $workspace))
    (call $link-at (local.get $workspace) (i32.const 0) (i32.const 1024) (i32.const 13)
      (local.get $workspace) (i32.const 1037) (i32.const 4) (i32.const 64))
    (call $verdict (i32.const 1))))
