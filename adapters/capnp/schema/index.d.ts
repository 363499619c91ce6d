// The generated classes, and what a program needs of the library under them: a copy of its own would not know them.
export * from "./sallyport.js";
export { List, Message } from "capnp-es";
