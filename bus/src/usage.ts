/** What an instance has used, measured from outside of it. What a system or mode cannot tell is left out. */
export interface Usage {
  /** Since the instance's start, with its children, ms. */
  readonly cpuMs?: number;
  /** Memory that is its own (not files that it maps) of its whole tree, or heap and buffers of its thread, bytes. */
  readonly memoryBytes?: number;
  /** Open in the process of the tree that has the most. */
  readonly descriptors?: number;
  /** Processes and threads. */
  readonly processes?: number;
  /** Bytes of frames, from the plugin and to it. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}
