(module
  (func $f)
  (func $guilty
    return_call $f))
