;; The lifecycle's name on a function instead of an interface.
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (export "initialize" (func $f)))
