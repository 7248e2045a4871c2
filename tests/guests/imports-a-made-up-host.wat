;; Asks for an interface that no host should offer. A host that links unknown
;; imports to something would hand out a capability nobody has granted.
(component
  (import "evil:host/root" (instance (export "shell" (func (param "command" string))))))
