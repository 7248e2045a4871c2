;; A known function with another type: a host that linked by name alone would
;; write where the guest expects something else.
(component
  (import "wasi:clocks/monotonic-clock@0.2.6" (instance (export "now" (func (result string))))))
