import type { ChannelOptions } from "@grpc/grpc-js";
import type { Limits } from "@sallyport/bus";

/** Of HTTP/2 frames, headers included, that one connection may make the host hold, MiB. */
const SESSION_MB = 64;

/** How the host uses gRPC: one connection to one place, and nothing that a name server, a proxy or the plugin could change. */
export function channelOptions(limits: Pick<Limits, "frameBytes">, authority: string, serverName: string): ChannelOptions {
  return {
    "grpc.max_receive_message_length": limits.frameBytes,
    "grpc.max_send_message_length": limits.frameBytes,
    "grpc.default_authority": authority,
    // The name that its certificate has to show, where there is one.
    "grpc.ssl_target_name_override": serverName,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
    // A call is made once: the kernel alone knows whether it may be made again.
    "grpc.enable_retries": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 5000,
    "grpc-node.max_session_memory": SESSION_MB,
  };
}
