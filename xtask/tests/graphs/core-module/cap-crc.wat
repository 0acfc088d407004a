(module (func (export "demo:crc/crc@0.1.0#update")))
