(module
  (import "env" "longjmp" (tag (param i32))))
