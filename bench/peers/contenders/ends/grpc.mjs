import process from "node:process";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { loadEcho } from "../proto.mjs";

const echo = (call, answer) => answer(null, call.request);
const server = new Server();
server.addService(loadEcho().service, { One: echo, Many: echo });
server.bindAsync(String(process.argv[2]), ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  process.send?.("listens");
});
process.on("disconnect", () => process.exit(0));
