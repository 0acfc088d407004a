// Runs a command component in V8: run.js FILE FOLDER ARGUMENTS.. writes what the component becomes for JavaScript into
// FOLDER, which must be where the packages are found. Streams are the process's; nothing else is granted.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { transpile } from '@bytecodealliance/jco-transpile';
import { _setArgs } from '@bytecodealliance/preview2-shim/cli';

const [, , component, folder, ...args] = process.argv;

const options = { name: 'component', multiMemory: true, emitTypescriptDeclarations: false };
const { files } = await transpile(component, options);
for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
}

_setArgs([component, ...args]);
const { run } = await import(pathToFileURL(join(folder, 'component.js')));
run.run();
