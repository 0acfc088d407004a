(module
  (tag $t (param i32))
  (func $f)
  (func $guilty
    try
      call $f
    catch_all
      rethrow 0
    end))
