/** Methods and topics of the kernel itself: no plugin can provide or publish them. */
export const RESERVED = "secret.";
export const SECRET_GET = "secret.get";
/** What a plugin hears when a secret that it got has another value. It asks for it among its `events`, and needs no grant for it. */
export const SECRET_ROTATED = "secret.rotated";
