// Exhausts the heap of its engine (R01). In a thread each of these takes the whole process down.
import { evil, oneOf } from "./kit.js";

export default evil(oneOf({
  map() {
    const all = new Map();
    for (let i = 0; ; i++) all.set(i, [i]);
  },
  set() {
    const all = new Set();
    for (let i = 0; ; i++) all.add({ i });
  },
  object() {
    const all = {};
    for (let i = 0; ; i++) all[`key${i}`] = { i };
  },
  sparse() {
    const all = [];
    for (let i = 0; ; i += 7919) all[i % 4294967000] = { i };
  },
  split() {
    const all = [];
    for (;;) all.push("x".repeat(2e7).split(""));
  },
  rope() {
    const all = [];
    for (let i = 0; ; i++) {
      let text = `${i}`;
      while (text.length < 2e7) text += text;
      // Reading a character makes one flat string of the rope.
      all.push(text, text.charCodeAt(text.length - 1));
    }
  },
  normalize() {
    const all = [];
    for (let i = 0; ; i++) all.push(`${i}${"\u1E9B\u0323".repeat(5e6)}`.normalize("NFKD"));
  },
  fill() {
    const all = [];
    for (;;) all.push(new Array(3e7).fill(all.length));
  },
  closures() {
    const all = [];
    for (let i = 0; ; i++) {
      const mine = new Array(1000).fill(i);
      all.push(() => mine);
    }
  },
}));
