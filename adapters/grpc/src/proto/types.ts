import { SallyportError } from "@sallyport/bus";
import type { Enum, Field as Declaration, Namespace, ReflectionObject, Service, Type } from "protobufjs";
import { isScalar } from "./scalars.js";
import type { EnumType, Field, FieldType, MessageType, Scalar, ServiceMethod } from "./schema.js";

/** By full name, without a leading dot. */
export interface Declared {
  readonly messages: Map<string, MessageType>;
  readonly enums: Map<string, EnumType>;
  readonly services: Map<string, readonly ServiceMethod[]>;
}

/** Of the classes of protobufjs only their data is used: which one it is shows by what it has. */
const isType = (one: ReflectionObject): one is Type => "fieldsArray" in one && "oneofsArray" in one;
const isEnum = (one: ReflectionObject): one is Enum => "values" in one && "valuesById" in one;
const isService = (one: ReflectionObject): one is Service => "methodsArray" in one;
const isNamespace = (one: ReflectionObject): one is Namespace => "nestedArray" in one;

/** Adds what a parsed file declares. Types that fields name are looked up when they are needed, since other files may declare them. */
export function addTypes(declared: Declared, from: Namespace, edition: string | undefined, plugin: string): void {
  for (const one of from.nestedArray) {
    // Private to protobufjs, and the only place where it says which syntax a file is in: of types at the top of a file, not of packages.
    const syntax = edition ?? (one as { readonly _edition?: string })._edition;
    const name = one.fullName.slice(1);
    if (isEnum(one)) declared.enums.set(name, enumOf(name, one));
    else if (isService(one)) declared.services.set(name, methodsOf(declared, name, one, plugin));
    else if (isType(one)) {
      if (syntax !== "proto3" && syntax !== "proto2") throw refused(plugin, `${name} is of edition ${String(syntax)}`, "Write the file in proto3 or proto2.");
      declared.messages.set(name, messageOf(declared, name, one, syntax, plugin));
      addTypes(declared, one, syntax, plugin);
    } else if (isNamespace(one)) addTypes(declared, one, edition, plugin);
  }
}

function enumOf(name: string, { values }: Enum): EnumType {
  const numbers = new Map(Object.entries(values));
  // Of two names for a number the first is the usual one.
  return { name, numbers, names: new Map([...numbers].toReversed().map(([key, number]) => [number, key])) };
}

/** Its fields are made when they are first asked for: the files that declare their types may not be read yet. */
function messageOf(declared: Declared, name: string, type: Type, syntax: string, plugin: string): MessageType {
  if ((type as { readonly group?: boolean }).group === true) throw refused(plugin, `${name} is a group`, "Make it a message of its own.");
  let made: Pick<MessageType, "fields" | "byNumber" | "byName"> | undefined;
  const make = (): NonNullable<typeof made> => {
    const fields = type.fieldsArray.filter(isOwn).map((field) => fieldOf(declared, name, field, syntax, plugin));
    return (made ??= { fields, byNumber: new Map(fields.map((field) => [field.number, field])), byName: new Map(fields.map((field) => [field.name, field])) });
  };
  return {
    name,
    get fields() {
      return (made ?? make()).fields;
    },
    get byNumber() {
      return (made ?? make()).byNumber;
    },
    get byName() {
      return (made ?? make()).byName;
    },
  };
}

/** An extension is added by protobufjs under its full name. */
function isOwn({ name }: Declaration): boolean {
  return !name.includes(".");
}

function fieldOf(declared: Declared, message: string, field: Declaration, syntax: string, plugin: string): Field {
  const { name, id: number, repeated } = field;
  if (name === "__proto__") throw refused(plugin, `${message} has a field '__proto__'`, "Name it otherwise: no map here may have such a key.");
  const keys = "keyType" in field ? (field.keyType as Scalar) : undefined;
  const type: FieldType = isScalar(field.type) ? { kind: "scalar", scalar: field.type } : lookUp(declared, message, field.type, plugin);
  const options = (field.options ?? {}) as { readonly packed?: unknown; readonly proto3_optional?: unknown };
  const alone = options.proto3_optional === true;
  const scalar = type.kind === "enum" || (type.kind === "scalar" && type.scalar !== "string" && type.scalar !== "bytes");
  return {
    name, number, type,
    repeated: repeated && keys === undefined,
    ...(keys !== undefined && { keys }),
    packed: repeated && scalar && (options.packed === true || (syntax === "proto3" && options.packed !== false)),
    presence: syntax === "proto2" || alone || field.partOf !== null || type.kind === "message",
    required: (field as { readonly rule?: string }).rule === "required",
    ...(field.partOf && !alone && { oneof: field.partOf.name }),
  };
}

function methodsOf(declared: Declared, service: string, { methodsArray }: Service, plugin: string): readonly ServiceMethod[] {
  const message = (name: string): MessageType => {
    const type = lookUp(declared, service, name, plugin);
    if (type.kind !== "message") throw refused(plugin, `${service} names ${name}, which is no message`, "Give its methods messages.");
    return type.of();
  };
  return methodsArray.map((method) => ({
    id: `${service}/${method.name}`, service, method: method.name,
    get request() {
      return message(method.requestType);
    },
    get response() {
      return message(method.responseType);
    },
    streamsIn: method.requestStream === true,
    streamsOut: method.responseStream === true,
  }));
}

/** The innermost scope first, as protobuf looks names up. */
function lookUp({ messages, enums }: Declared, scope: string, name: string, plugin: string): FieldType {
  const scopes = name.startsWith(".") ? [""] : scope.split(".").map((_, i, parts) => `${parts.slice(0, parts.length - i).join(".")}.`).concat("");
  const wanted = name.replace(/^\./, "");
  for (const outer of scopes) {
    const message = messages.get(outer + wanted);
    if (message !== undefined) return { kind: "message", of: () => message };
    const of = enums.get(outer + wanted);
    if (of !== undefined) return { kind: "enum", of };
  }
  throw refused(plugin, `${scope} names the type ${name}, which is nowhere`, "Import the file that declares it.");
}

/** Throws for a type that is named and nowhere, before anything is started. */
export function assertWhole(methods: readonly ServiceMethod[]): void {
  const seen = new Set<MessageType>();
  const look = (type: MessageType): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const field of type.fields) if (field.type.kind === "message") look(field.type.of());
  };
  for (const method of methods) for (const type of [method.request, method.response]) look(type);
}

function refused(plugin: string, what: string, help: string): SallyportError {
  return new SallyportError("invalid_argument", `the proto files of '${plugin}' cannot be used: ${what}`, { path: "proto", help });
}
