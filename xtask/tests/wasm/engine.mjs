// Runs every *.wasm of a folder in V8: calls each export that takes nothing, in a new instance, and
// prints what it returns and what it told the host, one line a call.
// Ends with 3 if this engine has no legacy exceptions.
import { readFileSync, readdirSync } from 'node:fs';

const HEAP = 0x20000;
const OBJECT = 16;

// (module (tag) (func try catch_all end))
const legacy = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 13, 3, 1, 0, 0,
  10, 8, 1, 6, 0, 6, 64, 25, 11, 11];
if (!WebAssembly.validate(new Uint8Array(legacy))) {
  console.log('this node has no legacy exceptions');
  process.exit(3);
}

for (const file of readdirSync(process.argv[2]).sort()) {
  const module = new WebAssembly.Module(readFileSync(`${process.argv[2]}/${file}`));
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    if (kind !== 'function') continue;
    const trace = [];
    let objects = 0;
    const host = {
      allocate: () => HEAP + ++objects * OBJECT,
      use: (object) => { trace.push(object); },
      log: (number) => { trace.push(number); },
      collect: () => {},
    };
    const { exports } = new WebAssembly.Instance(module, { host });
    let result;
    try {
      result = exports[name]();
    } catch (error) {
      if (!(error instanceof WebAssembly.Exception)) throw error;
      result = 'uncaught';
    }
    console.log(`${file} ${name}() = ${result} [${trace}]`);
  }
}
