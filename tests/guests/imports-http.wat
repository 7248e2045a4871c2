;; Asks for the network. What is not offered has to be refused by name, before
;; anything runs.
(component
  (import "wasi:http/outgoing-handler@0.2.6" (instance)))
