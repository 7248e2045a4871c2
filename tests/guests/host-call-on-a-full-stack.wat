;; Recurses and calls the host at every depth, so that some call happens where
;; hardly any stack is left: the host's own frames must still fit.
(module
  (func $deeper
    (drop (call $now))
    (call $deeper))
  (func (export "execute") (param i32) (result i32)
    (call $deeper)
    (unreachable)))
