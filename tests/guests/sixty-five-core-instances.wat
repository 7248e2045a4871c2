;; Beside an agent that would work, one more core instance than a task may
;; have. Each costs the host memory that no memory limit counts.
;; as: beside an agent
(component
  (core module $m)
  (;repeat 65;) (core instance (instantiate $m)) (;end;))
