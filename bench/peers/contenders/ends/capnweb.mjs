import { workerData } from "node:worker_threads";
import { newMessagePortRpcSession, RpcTarget } from "capnweb";

class Echo extends RpcTarget {
  echo(value) {
    return value;
  }
}

newMessagePortRpcSession(workerData, new Echo());
