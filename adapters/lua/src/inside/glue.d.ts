/** esbuild's binary loader gives a file's bytes. */
declare module "*.wasm" {
  const bytes: Uint8Array;
  export default bytes;
}
