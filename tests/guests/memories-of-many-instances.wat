;; Beside an agent, instances of one module, each with a memory within the
;; limit: the limit is over the whole task.
;; as: beside an agent
(component
  (core module $m (memory 40))
  (;repeat 8;) (core instance (instantiate $m)) (;end;))
