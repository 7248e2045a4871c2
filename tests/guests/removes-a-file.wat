;; Removes a file of the tree.
(module
  (data (i32.const 1024) "src/lib.rs")
  (func (export "execute") (param i32) (result i32)
    (call $unlink-file-at (call $workspace) (i32.const 1024) (i32.const 10) (i32.const 64))
    (call $verdict (i32.const 1))))
