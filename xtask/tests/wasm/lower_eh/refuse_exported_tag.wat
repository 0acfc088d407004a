(module
  (tag (export "longjmp") (param i32)))
