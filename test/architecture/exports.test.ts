import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

/** Every name that a package's public entry exports, types too. Entries only re-export by name, so their text tells. */
async function exportsOf(entry: string): Promise<string> {
  const text = await readFile(new URL(`../../${entry}/src/index.ts`, import.meta.url), "utf8");
  const code = text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  const statements = [...code.matchAll(/export (?:type )?\{([^}]*)\} from "[^"]+";/g)];
  expect(code.replace(/export (?:type )?\{[^}]*\} from "[^"]+";/g, "").trim(), `${entry}/src/index.ts has more than re-exports by name`).toBe("");
  const names = statements.flatMap(([, list = ""]) => list.split(",").map((item) => item.trim().replace(/^type /, "").replace(/^.* as /, "")).filter((item) => item !== ""));
  return names.toSorted().join("\n");
}

// A name added here is a promise to keep; one removed breaks programs. Both want to be seen in a review.
describe("public names", () => {
  it("of @sallyport/bus", async () => expect(await exportsOf("bus")).toMatchInlineSnapshot(`
    "Agreed
    ByeFrame
    ByeReason
    Bytes
    CODES
    CallSink
    CancelController
    CancelFrame
    CancelReason
    CancelSignal
    Clock
    Code
    CodeFacts
    Codec
    Crash
    CreditFrame
    DEFAULT_LIMITS
    DataFrame
    Deadlines
    EndFrame
    ErrorDetails
    ErrorFrame
    ErrorObject
    EventFrame
    FRAME_BYTES_BEFORE_HELLO
    Frame
    FrameDecoder
    FrameEncoder
    FrameReader
    FrameReaderOptions
    FrameWriter
    GuestHello
    HANDSHAKE_BYTES
    Handshake
    HandshakeReader
    HelloFrame
    HostHello
    IncomingCall
    LIMITS
    LIMIT_NAMES
    LimitFacts
    Limits
    LogFrame
    LogLevel
    Lookout
    MAX_DEPTH
    MAX_LIMITS
    MAX_NODES
    Meta
    MethodInfo
    OpenCall
    OutgoingCall
    Peer
    PeerHandlers
    PeerOptions
    PingFrame
    PongFrame
    Post
    Progress
    ProgressFrame
    RequestFrame
    RequestOptions
    ResponseFrame
    SallyportError
    SharedValue
    Slot
    StreamDirection
    StreamSink
    StreamSource
    Timed
    Topics
    Value
    Warning
    WireLimits
    assertValue
    coversPattern
    createBytes
    createDeadlines
    createFrameReader
    createFrameWriter
    createHandshakeReader
    createLookout
    createPeer
    createStream
    createTopics
    encodeFrame
    excerpt
    fromErrorObject
    fromWireLimits
    handshakeLine
    isCode
    isPattern
    isPluginCode
    isSallyportError
    isThenable
    isTopic
    jsonCodec
    matchTopic
    msgpackCodec
    narrowLimits
    plainController
    readErrorObject
    readFrame
    recordCodec
    shared
    systemClock
    toErrorObject
    toWireLimits"
  `));
  it("of @sallyport/kernel", async () => expect(await exportsOf("kernel")).toMatchInlineSnapshot(`
    "Adapter
    Boundary
    CallOptions
    Confinement
    Crossing
    DEFAULT_RESTART
    Enforcement
    EntryKind
    Exit
    Guard
    Hooks
    HostContext
    HostEnd
    HostMethod
    JsonSchema
    Kernel
    KernelOptions
    LifecycleEvent
    LogEntry
    Manifest
    ManifestMethod
    MethodEntry
    OpenRequest
    Permissions
    PluginInfo
    PluginSource
    PluginSpec
    PluginState
    PluginStats
    Profile
    ProvideOptions
    RestartPolicy
    SandboxChoice
    Traits
    Trust
    Usage
    createKernel
    fittestMode"
  `));
  it("of @sallyport/plugin", async () => expect(await exportsOf("plugins/sdk")).toMatchInlineSnapshot(`
    "Context
    ContextCallOptions
    Log
    Method
    MethodHandler
    PluginDefinition
    SallyportError
    ServeOptions
    definePlugin
    isSallyportError
    serve"
  `));
  it("of @sallyport/manifest", async () => expect(await exportsOf("adapters/manifest")).toMatchInlineSnapshot(`
    "Confined
    JsonFile
    PlacedProblem
    Position
    Problem
    ReadJsonOptions
    Validate
    assertOwnFile
    compileSchema
    confine
    isPluginName
    manifestSchema
    parseJson
    problemsError
    readJsonFile
    readPlugin"
  `));
  it("of @sallyport/child", async () => expect(await exportsOf("adapters/child")).toMatchInlineSnapshot(`
    "ChildOptions
    Children
    Command
    PLUGIN_VARIABLES
    Started
    Talk
    childEnvironment
    createChildren
    parseLogLine
    spawnChild
    startChild"
  `));
  it("of @sallyport/guest", async () => expect(await exportsOf("adapters/guest")).toMatchInlineSnapshot(`
    "Bundler
    ChildCommand
    PluginTask
    Prelude
    PrepareOptions
    PreparedModule
    ThreadNote
    ThreadTask
    ThreadWire
    childCommand
    createBundler
    createThreadWire
    disablePhaseImports
    guestExecArgv
    preludeFor
    prepareModule
    threadFile"
  `));
  it("of @sallyport/adapter-inline", async () => expect(await exportsOf("adapters/inline")).toMatchInlineSnapshot(`"inline"`));
  it("of @sallyport/adapter-worker", async () => expect(await exportsOf("adapters/worker")).toMatchInlineSnapshot(`
    "WorkerOptions
    worker"
  `));
  it("of @sallyport/adapter-process", async () => expect(await exportsOf("adapters/process")).toMatchInlineSnapshot(`
    "ProcessOptions
    process"
  `));
  it("of @sallyport/adapter-stdio", async () => expect(await exportsOf("adapters/stdio")).toMatchInlineSnapshot(`
    "StdioOptions
    stdio"
  `));
  it("of @sallyport/conformance", async () => expect(await exportsOf("test/conformance")).toMatchInlineSnapshot(`
    "CASES
    CaseResult
    ConformanceCase
    ConformanceOptions
    ConformanceReport
    FramePattern
    HostSays
    Needs
    Step
    Wildcard
    casesAsJson
    formatReport
    runConformance"
  `));
  it("of sallyport", async () => expect(await exportsOf("cli")).toMatchInlineSnapshot(`
    "HostConfig
    HostOptions
    InlinePlugins
    PluginConfig
    Provided
    createHost"
  `));
});
