import process from "node:process";

/** Tells a person how far the run is: a bar on a terminal, lines elsewhere. On stderr. */
export interface Progress {
  step(name: string, share: number, leftSeconds: number): void;
  end(): void;
}

const BAR = 24;

export function createProgress(steps: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const width = String(steps).length;
  let taken = 0;
  return {
    step(name, share, leftSeconds) {
      const line = `${String(++taken).padStart(width)}/${steps}  ${name}`;
      if (!stream.isTTY) return void stream.write(`bench: ${line}\n`);
      const filled = Math.round(BAR * share);
      stream.write(`\r\x1b[2K${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${line}, ${timeLeft(leftSeconds)} left`);
    },
    end() {
      if (stream.isTTY) stream.write("\r\x1b[2K");
    },
  };
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
