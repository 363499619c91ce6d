/** What is known of a code without looking at the error that carries it. */
export interface CodeFacts {
  /** Only the host may report it; a plugin that sends it is reported as `internal`. */
  readonly hostOnly: boolean;
  /** The default of `retryable`. */
  readonly retryable: boolean;
  /** The default of `help`: a remedy in a sentence. */
  readonly help: string;
}

function shared(retryable: boolean, help: string): CodeFacts {
  return { hostOnly: false, retryable, help };
}
function host(retryable: boolean, help: string): CodeFacts {
  return { hostOnly: true, retryable, help };
}

/** Every code there is, each with its heading in ERRORS.md (a test compares the two). */
export const CODES = {
  invalid_argument: shared(false, "Correct the field that `path` names and call again."),
  not_found: shared(false, "Check the name; `sallyport list` shows what is loaded."),
  permission_denied: shared(false, "Add the grant that the message names to the plugin's `grants` in sallyport.json, if it should have it."),
  unauthenticated: shared(false, "Give the plugin the credential that it asks for in its `config`."),
  unimplemented: shared(false, "Check the method's name against the plugin's manifest; `sallyport list` shows the methods."),
  failed_precondition: shared(false, "Bring the system into the state that the message describes, then call again."),
  conflict: shared(false, "Something else holds the name or changed the data; rename one of the two, or read again and retry."),
  resource_exhausted: shared(false, "Raise the limit that the message names, or send less."),
  cancelled: shared(false, "The caller gave up; call again if the result is still wanted."),
  deadline_exceeded: shared(false, "Raise `timeoutMs` for the call or `limits.deadlineMs` for the plugin, or make the method faster."),
  unavailable: shared(true, "Wait for `retryAfterMs` and call again; `sallyport list` shows the plugin's state."),
  busy: shared(true, "Wait for `retryAfterMs` and call again, or raise `limits.inflight` or `limits.queue`."),
  internal: shared(false, "A fault in the plugin or the host; run with --debug for the stack, and report it to the author."),
  data_loss: shared(false, "Data cannot be recovered; restore it from its source."),
  plugin_crashed: host(false, "Read `crash` for the exit code, signal and last output; the plugin is restarted for the next call. Retryable where the method is idempotent."),
  start_timeout: host(true, "Make the plugin send its hello sooner, or raise `startTimeoutMs`; output on stderr is in `crash.stderrTail`."),
  bad_handshake: host(false, "The first line on stdout must be 'SALLYPORT/1 json' or 'SALLYPORT/1 msgpack'; send everything else to stderr."),
  version_mismatch: host(false, "Use a plugin and a host that share a protocol major."),
  manifest_mismatch: host(false, "Declare in plugin.json what the plugin's hello announces, or remove it from the hello."),
  protocol_violation: host(false, "See bus/PROTOCOL.md for the frame that the message names."),
  frame_too_large: host(false, "Send less in one frame (stream it), or raise `limits.frameBytes`."),
  credit_violation: host(false, "Send `data` or `ev` only while credit is left; see Credits in bus/PROTOCOL.md."),
  bad_value: host(false, "Send plain data: null, booleans, finite numbers, strings, bytes, timestamps, arrays and string-keyed maps."),
  spawn_failed: host(false, "Check that the path exists, is a file, is executable and is built for this machine."),
  stuck: host(false, "The plugin did not answer in time after a cancel or a ping and was ended; make long work watch `context.signal`."),
  memory_limit: host(false, "The plugin used more memory than `limits.memoryMb` and was ended; raise it, or make the plugin hold less at once."),
  cpu_limit: host(false, "The plugin used all the CPU seconds of `limits.cpuSeconds` and was ended; raise it, or look for what keeps it busy."),
  cpu_share_limit: host(false, "The plugin used more CPU in ten seconds than `limits.cpuPercent` allows and was ended; raise it, or spread the work."),
  descriptor_limit: host(false, "The plugin has as many descriptors open as `limits.descriptors` allows, so its next open fails; raise it, or close what is not used."),
  process_limit: host(false, "The plugin started more processes and threads than `limits.processes` allows and was ended; raise it, or start fewer."),
  file_limit: host(false, "The plugin wrote a file larger than `limits.fileMb`; raise it, or write less into one file."),
  disk_limit: host(false, "The plugin's temporary folder is full (`limits.diskMb`); raise it, or remove files that are done with."),
  frame_too_complex: host(false, "Send fewer or flatter values in one frame, or raise `limits.frameItems` or `limits.frameDepth`."),
  call_rate_limit: host(true, "Wait for `retryAfterMs` and call again, or raise `limits.callsPerSecond`."),
  byte_rate_limit: host(true, "The host reads more slowly; send less, or raise `limits.bytesPerSecond`."),
  stream_limit: host(true, "Wait until a stream has ended, or raise `limits.streams`."),
  subscription_limit: host(false, "Subscribe to fewer patterns (`ledger.*` for each of its topics), or raise `limits.subscriptions`."),
  timer_limit: shared(false, "Clear timers that are not needed any more, or raise `limits.timers`."),
  log_limit: host(false, "Log less, or raise `limits.logLines`; how many lines were dropped is in the message."),
  sandbox_unavailable: host(false, "Install what the message names, or ask for a weaker profile by name; `sallyport doctor` shows what this machine can enforce."),
  quarantined: host(false, "Find out why it keeps failing, then release it: kernel.release(name), or unload and load it."),
} as const satisfies Record<string, CodeFacts>;

export type Code = keyof typeof CODES;

export function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}

const PLUGIN_CODE = /^[a-z][a-z0-9_-]{0,63}(\.[a-z0-9][a-z0-9_-]{0,63}){1,7}$/;

/** A plugin's own code: lower-case words joined by dots, the first one the plugin's name (`fx.unknown_pair`). */
export function isPluginCode(code: string): boolean {
  return PLUGIN_CODE.test(code);
}
