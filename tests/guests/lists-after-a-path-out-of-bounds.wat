;; Asks for the tree after a path that lies outside its memory.
(module
  (func (export "execute") (param i32) (result i32)
    (call $workspace-list
      (i32.const 1) (i32.const 65530) (i32.const 100) (i32.const 10) (i32.const 64))
    (unreachable)))
