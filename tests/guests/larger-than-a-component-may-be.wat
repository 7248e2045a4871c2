;; A data segment alone makes it larger than limits.component_bytes: compiling
;; is work that grows with size and happens before any fuel is spent.
(module
  (memory (export "memory") 300)
  (data (i32.const 65536) "(;repeat 300000;)sixteen letters.(;end;)"))
