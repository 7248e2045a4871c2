;; Calls the host without end while it is being made. Those calls count.
(module
  (func $start (loop $again (drop (call $now)) (br $again)))
  (start $start))
