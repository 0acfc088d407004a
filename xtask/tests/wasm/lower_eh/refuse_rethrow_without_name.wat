(module
  (tag (param i32))
  (func
    try
      nop
    catch_all
      rethrow 0
    end))
