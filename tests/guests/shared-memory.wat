;; Memory shared between threads: a race is a clock, and a host that reads it
;; while another thread writes checks one value and uses another.
(module
  (memory $shared 1 1 shared))
