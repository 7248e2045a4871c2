;; Tables of no entries at all, each with its bookkeeping in the host.
(module
  (;repeat 70;) (table 0 funcref) (;end;))
