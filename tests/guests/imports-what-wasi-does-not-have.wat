;; Hides a made-up interface under a package the host does serve.
(component
  (import "wasi:cli/root@0.2.6" (instance (export "shell" (func)))))
