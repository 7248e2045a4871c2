;; Moves a file of the tree to another name.
(module
  (data (i32.const 1024) "src/lib.rsmine.rs")
  (func (export "execute") (param i32) (result i32)
    (local $workspace i32)
    (local.set $workspace (call $workspace))
    (call $rename-at (local.get $workspace) (i32.const 1024) (i32.const 10)
      (local.get $workspace) (i32.const 1034) (i32.const 7) (i32.const 64))
    (call $verdict (i32.const 1))))
