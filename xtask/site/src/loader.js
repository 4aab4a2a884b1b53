// Loads the parts of the application. `loader.rs` puts this script at the end of the JS glue, behind what it knows: HASH, which is in
// the name of each file; FILES, the files of each part; and STYLED, the parts that have a style sheet.

const assetUrl = (name) => new URL(name.replace(".", `-${HASH}.`), import.meta.url);

// Calls the function once for each key. After a failure it is called again, so that a network that was away for a moment breaks nothing
// for good.
function once(call) {
  const results = new Map();
  return (key, ...more) => {
    let result = results.get(key);
    if (!result) {
      result = call(key, ...more);
      result.catch(() => results.delete(key));
      results.set(key, result);
    }
    return result;
  };
}

// Several parts share a module, and each brings it along. It must be instantiated once, since it would overwrite the data of the
// first one. Modules reach each other only through the table and the memory of the first WASM, so their order does not matter.
const instantiate = once((number, module) => WebAssembly.instantiate(module, { __wasm_split: initSync() }));

// A file begins with the number of its modules, and the number and length of each, see `parts.rs`.
const loadFile = once(async (name) => {
  const response = await fetch(assetUrl(`${name}.wasm`));
  if (!response.ok) throw new Error(`${response.url} is answered with the status ${response.status}.`);
  const content = await response.arrayBuffer();
  const [count] = new Uint32Array(content, 0, 1);
  const head = new Uint32Array(content, 4, 2 * count);
  const modules = [];
  let start = 4 + head.byteLength;
  for (let at = 0; at < head.length; at += 2) {
    modules.push(instantiate(head[at], new Uint8Array(content, start, head[at + 1])));
    start += head[at + 1];
  }
  await Promise.all(modules);
});

// Resolves when the style sheet applies, so that no screen is drawn without it. The server sends a page with the sheet of its screen.
const loadStyle = once((part) => new Promise((loaded, failed) => {
  const { pathname } = assetUrl(`${part}.css`);
  if (document.querySelector(`link[rel="stylesheet"][href="${pathname}"]`)) return loaded();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = pathname;
  link.onload = loaded;
  link.onerror = () => {
    link.remove();
    failed(new Error(`${pathname} did not arrive.`));
  };
  document.head.append(link);
}));

const loadPart = once((part) => Promise.all([...FILES[part].map(loadFile), STYLED.includes(part) && loadStyle(part)]));

// The functions that the WASM imports. Each calls the WASM back, through the table of functions, with the result.
const partLoaders = Object.fromEntries(Object.keys(FILES).map((part) => [
  `__wasm_split_load_${part}`,
  async (callback, data) => {
    let success = true;
    try {
      await loadPart(part);
    } catch (error) {
      // A page that a person leaves breaks off what it still loads, which is no error. It is gone by then.
      setTimeout(console.error, 5000, error);
      success = false;
    }
    initSync().__indirect_function_table.get(callback)(data, success);
  },
]));
