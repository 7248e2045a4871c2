;; The right name over the wrong type: `execute` takes and gives nothing.
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (instance $lifecycle (export "execute" (func $f)))
  (export "sentinel:agent/lifecycle@VERSION" (instance $lifecycle)))
