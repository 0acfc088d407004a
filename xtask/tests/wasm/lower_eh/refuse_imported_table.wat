(module
  (import "env" "functions" (table 1 funcref)))
