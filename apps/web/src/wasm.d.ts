// Made by the build (vite.config.ts).
declare module 'wasm:engine' {
  export const url: string;
  export const integrity: string;
}
declare module 'wasm:sqlite' {
  export const url: string;
  export const integrity: string;
}
