// Fails while it is loaded, with what is no error.
throw Object.assign(Object.create(null), { get message() {
  throw new Error("in a getter");
} });
