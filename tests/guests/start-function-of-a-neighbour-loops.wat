;; Beside an agent, an instance whose start function never returns.
;; as: beside an agent
(component
  (core module $m
    (func $start (loop $again (br $again)))
    (start $start))
  (core instance (instantiate $m)))
