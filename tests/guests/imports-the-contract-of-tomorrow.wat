;; A version of the contract that does not exist yet, where a shim that
;; converts by name might skip a check.
(component
  (import "sentinel:agent/workspace@0.9.0" (instance (export "write-all" (func)))))
