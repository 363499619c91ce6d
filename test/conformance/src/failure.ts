/** A step that did not go as its case says; the message becomes the case's reason. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
}
