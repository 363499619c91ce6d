/** Types of protobuf as plain data: what a message may hold, without any code made from it. */
export interface MessageType {
  /** `demo.UpperRequest`, without a leading dot. */
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
  readonly byName: ReadonlyMap<string, Field>;
}

export interface EnumType {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

export type Scalar =
  | "double" | "float" | "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32"
  | "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64" | "bool" | "string" | "bytes";

/** Of a field's values. Messages are looked up late, since they may hold themselves. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "enum"; readonly of: EnumType }
  | { readonly kind: "message"; readonly of: () => MessageType };

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Type of the keys of a map; its values are `type`. */
  readonly keys?: Scalar;
  /** Written in one run. Either way is read. */
  readonly packed: boolean;
  /** Tells "absent" from the zero of its type. */
  readonly presence: boolean;
  readonly required: boolean;
  /** Name of the group of which one at most is set. */
  readonly oneof?: string;
}

export interface ServiceMethod {
  /** `demo.Demo/Upper`. */
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly request: MessageType;
  readonly response: MessageType;
  readonly streamsIn: boolean;
  readonly streamsOut: boolean;
}
