;; Exports the lifecycle of a version that no host serves.
(component
  (instance $lifecycle)
  (export "sentinel:agent/lifecycle@9.0.0" (instance $lifecycle)))
