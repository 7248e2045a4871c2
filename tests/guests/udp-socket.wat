;; Makes a UDP socket.
(module
  (func (export "execute") (param i32) (result i32)
    (call $create-udp-socket (i32.const 0) (i32.const 64))
    (call $verdict (i32.const 4))))
