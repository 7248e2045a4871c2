;; Reads where a symbolic link points to: an absolute target would show paths
;; of the host.
(module
  (data (i32.const 1024) "link")
  (func (export "execute") (param i32) (result i32)
    (call $readlink-at (call $workspace) (i32.const 1024) (i32.const 4) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $verdict (i32.const 4)))))
    (call $say (i32.load (i32.const 68)) (i32.load (i32.const 72)))))
