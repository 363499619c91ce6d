import { SallyportError } from "@sallyport/bus";
import type { Health, Subject } from "./subject.js";

/** Signs of life of one instance, apart from its work: what it does with its calls is for their deadlines to judge. */
export interface Pulse {
  readonly health: Health;
  /** Once a beat. `late`: this program did not run in between, so what it did not hear says nothing. */
  beat(late: boolean): void;
}

const MOST_MISSED = 3;

export function createPulse(subject: Subject, beatMs: number): Pulse {
  let health: Health = "unknown";
  let heard = subject.heard;
  let asked = false;
  let missed = 0;
  /** Of them one after the other, those in which it had no call open that could explain its silence. */
  let idle = 0;

  function alive(): void {
    if (health === "unresponsive") subject.tell("responsive", "heard again");
    health = "responsive";
    asked = false;
    missed = idle = 0;
  }

  function ask(): void {
    asked = true;
    subject.probe?.();
  }

  return {
    get health() {
      return health;
    },
    beat(late) {
      if (subject.heard !== heard) {
        heard = subject.heard;
        return alive();
      }
      if (subject.probe === undefined) {
        health = "unknown";
        return;
      }
      if (late) missed = idle = 0;
      else if (asked) {
        missed++;
        idle = subject.open === 0 ? idle + 1 : 0;
      }
      if (missed >= MOST_MISSED && health !== "unresponsive") {
        health = "unresponsive";
        subject.tell("unresponsive", "stuck", { silentMs: missed * beatMs, openCalls: subject.open });
      }
      if (idle < MOST_MISSED) return ask();
      subject.end(new SallyportError("stuck", `'${subject.plugin}' had no call open and did not answer ${MOST_MISSED} pings, ${beatMs} ms apart, and was killed`, { plugin: subject.plugin, source: "transport" }));
    },
  };
}
