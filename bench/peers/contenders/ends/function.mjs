// The contract of piscina and tinypool: the default export is the task.
export default (value) => value;
