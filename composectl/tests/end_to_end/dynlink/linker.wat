  (import "compose:dynlink/linker@0.1.0" (instance $linker
    (type $error' (record (field "code" string) (field "message" string) (field "context" (option string))))
    (export "error" (type $error (eq $error')))
    (export "instance" (type $instance (sub resource)))
    (export "[method]instance.invoke"
      (func (param "self" (borrow $instance)) (param "method" string) (param "payload" (list u8))
        (result (result (list u8) (error $error)))))
    (export "resolve-by-id" (func (param "id" string) (result (result (own $instance) (error $error)))))
    (export "resolve-by-digest"
      (func (param "digest" (list u8)) (result (result (own $instance) (error $error)))))))
  (alias export $linker "instance" (type $instance))
