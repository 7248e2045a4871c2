;; Infinitely sure, to outbid every other proposal.
(module
  (func (export "execute") (param i32) (result i32)
    (call $propose (f64.const inf))))
