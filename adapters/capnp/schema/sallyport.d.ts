/* oxlint-disable */
import * as $ from "capnp-es";
export declare const _capnpFileId = 18111409665276628235n;
/**
* The root of each message. What the protocol gets before this file does travels in `more`, or as `other`.
*
*/
export declare const Frame_Which: {
  /**
* An empty message: refused.
*
*/
  readonly NONE: 0;
  readonly GUEST_HELLO: 1;
  readonly HOST_HELLO: 2;
  readonly REQ: 3;
  readonly RES: 4;
  readonly ERR: 5;
  readonly DATA: 6;
  readonly END: 7;
  readonly CREDIT: 8;
  /**
* The map `p`: done, total, note.
*
*/
  readonly PROG: 9;
  /**
* Why.
*
*/
  readonly CANCEL: 10;
  readonly EV: 11;
  readonly LOG: 12;
  readonly PING: 13;
  readonly PONG: 14;
  readonly BYE: 15;
  /**
* The type `t` of a frame that this file does not know; its fields are in `more`.
*
*/
  readonly OTHER: 16;
};
export type Frame_Which = (typeof Frame_Which)[keyof typeof Frame_Which];
/**
* The root of each message. What the protocol gets before this file does travels in `more`, or as `other`.
*
*/
export declare class Frame extends $.Struct {
  static readonly NONE: 0;
  static readonly GUEST_HELLO: 1;
  static readonly HOST_HELLO: 2;
  static readonly REQ: 3;
  static readonly RES: 4;
  static readonly ERR: 5;
  static readonly DATA: 6;
  static readonly END: 7;
  static readonly CREDIT: 8;
  static readonly PROG: 9;
  static readonly CANCEL: 10;
  static readonly EV: 11;
  static readonly LOG: 12;
  static readonly PING: 13;
  static readonly PONG: 14;
  static readonly BYE: 15;
  static readonly OTHER: 16;
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _Prog: $.ListCtor<Field>;
  static _More: $.ListCtor<Field>;
  /**
* Of the call. 0 where a frame is of no call, and for the credit of events.
*
*/
  get id(): bigint;
  set id(value: bigint);
  get _isNone(): boolean;
  set none(_: true);
  _adoptGuestHello(value: $.Orphan<GuestHello>): void;
  _disownGuestHello(): $.Orphan<GuestHello>;
  get guestHello(): GuestHello;
  _hasGuestHello(): boolean;
  _initGuestHello(): GuestHello;
  get _isGuestHello(): boolean;
  set guestHello(value: GuestHello);
  _adoptHostHello(value: $.Orphan<HostHello>): void;
  _disownHostHello(): $.Orphan<HostHello>;
  get hostHello(): HostHello;
  _hasHostHello(): boolean;
  _initHostHello(): HostHello;
  get _isHostHello(): boolean;
  set hostHello(value: HostHello);
  _adoptReq(value: $.Orphan<Request>): void;
  _disownReq(): $.Orphan<Request>;
  get req(): Request;
  _hasReq(): boolean;
  _initReq(): Request;
  get _isReq(): boolean;
  set req(value: Request);
  _adoptRes(value: $.Orphan<Response>): void;
  _disownRes(): $.Orphan<Response>;
  get res(): Response;
  _hasRes(): boolean;
  _initRes(): Response;
  get _isRes(): boolean;
  set res(value: Response);
  _adoptErr(value: $.Orphan<Error>): void;
  _disownErr(): $.Orphan<Error>;
  get err(): Error;
  _hasErr(): boolean;
  _initErr(): Error;
  get _isErr(): boolean;
  set err(value: Error);
  _adoptData(value: $.Orphan<Value>): void;
  _disownData(): $.Orphan<Value>;
  get data(): Value;
  _hasData(): boolean;
  _initData(): Value;
  get _isData(): boolean;
  set data(value: Value);
  get _isEnd(): boolean;
  set end(_: true);
  get credit(): bigint;
  get _isCredit(): boolean;
  set credit(value: bigint);
  _adoptProg(value: $.Orphan<$.List<Field>>): void;
  _disownProg(): $.Orphan<$.List<Field>>;
  /**
* The map `p`: done, total, note.
*
*/
  get prog(): $.List<Field>;
  _hasProg(): boolean;
  _initProg(length: number): $.List<Field>;
  get _isProg(): boolean;
  set prog(value: $.List<Field>);
  /**
* Why.
*
*/
  get cancel(): string;
  get _isCancel(): boolean;
  set cancel(value: string);
  _adoptEv(value: $.Orphan<Event>): void;
  _disownEv(): $.Orphan<Event>;
  get ev(): Event;
  _hasEv(): boolean;
  _initEv(): Event;
  get _isEv(): boolean;
  set ev(value: Event);
  _adoptLog(value: $.Orphan<Log>): void;
  _disownLog(): $.Orphan<Log>;
  get log(): Log;
  _hasLog(): boolean;
  _initLog(): Log;
  get _isLog(): boolean;
  set log(value: Log);
  get ping(): bigint;
  get _isPing(): boolean;
  set ping(value: bigint);
  get pong(): bigint;
  get _isPong(): boolean;
  set pong(value: bigint);
  _adoptBye(value: $.Orphan<Bye>): void;
  _disownBye(): $.Orphan<Bye>;
  get bye(): Bye;
  _hasBye(): boolean;
  _initBye(): Bye;
  get _isBye(): boolean;
  set bye(value: Bye);
  /**
* The type `t` of a frame that this file does not know; its fields are in `more`.
*
*/
  get other(): string;
  get _isOther(): boolean;
  set other(value: string);
  _adoptMore(value: $.Orphan<$.List<Field>>): void;
  _disownMore(): $.Orphan<$.List<Field>>;
  /**
* Fields of the frame that have no place here, by their names in PROTOCOL.md.
*
*/
  get more(): $.List<Field>;
  _hasMore(): boolean;
  _initMore(length: number): $.List<Field>;
  set more(value: $.List<Field>);
  toString(): string;
  which(): Frame_Which;
}
/**
* A value of the data model. All that is left out is null.
*
*/
export declare const Value_Which: {
  readonly NULL: 0;
  readonly INT: 1;
  /**
* Finite.
*
*/
  readonly FLOAT: 2;
  readonly TEXT: 3;
  readonly BYTES: 4;
  readonly LIST: 5;
  readonly MAP: 6;
  readonly BOOL: 7;
  /**
* Milliseconds since 1970, in the years 0000 to 9999.
*
*/
  readonly TIME: 8;
};
export type Value_Which = (typeof Value_Which)[keyof typeof Value_Which];
/**
* A value of the data model. All that is left out is null.
*
*/
export declare class Value extends $.Struct {
  static readonly NULL: 0;
  static readonly INT: 1;
  static readonly FLOAT: 2;
  static readonly TEXT: 3;
  static readonly BYTES: 4;
  static readonly LIST: 5;
  static readonly MAP: 6;
  static readonly BOOL: 7;
  static readonly TIME: 8;
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _List: $.ListCtor<Value>;
  static _Map: $.ListCtor<Field>;
  get _isNull(): boolean;
  set null(_: true);
  get int(): bigint;
  get _isInt(): boolean;
  set int(value: bigint);
  /**
* Finite.
*
*/
  get float(): number;
  get _isFloat(): boolean;
  set float(value: number);
  get text(): string;
  get _isText(): boolean;
  set text(value: string);
  _adoptBytes(value: $.Orphan<$.Data>): void;
  _disownBytes(): $.Orphan<$.Data>;
  get bytes(): $.Data;
  _hasBytes(): boolean;
  _initBytes(length: number): $.Data;
  get _isBytes(): boolean;
  set bytes(value: $.Data);
  _adoptList(value: $.Orphan<$.List<Value>>): void;
  _disownList(): $.Orphan<$.List<Value>>;
  get list(): $.List<Value>;
  _hasList(): boolean;
  _initList(length: number): $.List<Value>;
  get _isList(): boolean;
  set list(value: $.List<Value>);
  _adoptMap(value: $.Orphan<$.List<Field>>): void;
  _disownMap(): $.Orphan<$.List<Field>>;
  get map(): $.List<Field>;
  _hasMap(): boolean;
  _initMap(length: number): $.List<Field>;
  get _isMap(): boolean;
  set map(value: $.List<Field>);
  get bool(): boolean;
  get _isBool(): boolean;
  set bool(value: boolean);
  /**
* Milliseconds since 1970, in the years 0000 to 9999.
*
*/
  get time(): bigint;
  get _isTime(): boolean;
  set time(value: bigint);
  toString(): string;
  which(): Value_Which;
}
/**
* An entry of a map.
*
*/
export declare class Field extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  get key(): string;
  set key(value: string);
  _adoptValue(value: $.Orphan<Value>): void;
  _disownValue(): $.Orphan<Value>;
  get value(): Value;
  _hasValue(): boolean;
  _initValue(): Value;
  set value(value: Value);
  toString(): string;
}
export declare const Maybe: {
  readonly UNSAID: 0;
  readonly NO: 1;
  readonly YES: 2;
};
export type Maybe = (typeof Maybe)[keyof typeof Maybe];
export declare class GuestHello extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _Methods: $.ListCtor<Method>;
  static _Limits: $.ListCtor<Field>;
  static _Provides: $.ListCtor<Field>;
  static _Requires: $.ListCtor<Field>;
  get name(): string;
  set name(value: string);
  get version(): string;
  set version(value: string);
  _adoptMethods(value: $.Orphan<$.List<Method>>): void;
  _disownMethods(): $.Orphan<$.List<Method>>;
  get methods(): $.List<Method>;
  _hasMethods(): boolean;
  _initMethods(length: number): $.List<Method>;
  set methods(value: $.List<Method>);
  _adoptFeatures(value: $.Orphan<$.List<string>>): void;
  _disownFeatures(): $.Orphan<$.List<string>>;
  get features(): $.List<string>;
  _hasFeatures(): boolean;
  _initFeatures(length: number): $.List<string>;
  set features(value: $.List<string>);
  _adoptLimits(value: $.Orphan<$.List<Field>>): void;
  _disownLimits(): $.Orphan<$.List<Field>>;
  get limits(): $.List<Field>;
  _hasLimits(): boolean;
  _initLimits(length: number): $.List<Field>;
  set limits(value: $.List<Field>);
  _adoptNeeds(value: $.Orphan<$.List<string>>): void;
  _disownNeeds(): $.Orphan<$.List<string>>;
  get needs(): $.List<string>;
  _hasNeeds(): boolean;
  _initNeeds(length: number): $.List<string>;
  set needs(value: $.List<string>);
  _adoptEvents(value: $.Orphan<$.List<string>>): void;
  _disownEvents(): $.Orphan<$.List<string>>;
  get events(): $.List<string>;
  _hasEvents(): boolean;
  _initEvents(length: number): $.List<string>;
  set events(value: $.List<string>);
  _adoptProvides(value: $.Orphan<$.List<Field>>): void;
  _disownProvides(): $.Orphan<$.List<Field>>;
  get provides(): $.List<Field>;
  _hasProvides(): boolean;
  _initProvides(length: number): $.List<Field>;
  set provides(value: $.List<Field>);
  _adoptRequires(value: $.Orphan<$.List<Field>>): void;
  _disownRequires(): $.Orphan<$.List<Field>>;
  get requires(): $.List<Field>;
  _hasRequires(): boolean;
  _initRequires(length: number): $.List<Field>;
  set requires(value: $.List<Field>);
  get sdk(): string;
  set sdk(value: string);
  toString(): string;
}
export declare class Method extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
    defaultTimeout: DataView<ArrayBufferLike>;
  };
  static _More: $.ListCtor<Field>;
  get name(): string;
  set name(value: string);
  /**
* in, out or both; left out: none.
*
*/
  get stream(): string;
  set stream(value: string);
  get idempotent(): Maybe;
  set idempotent(value: Maybe);
  /**
* ms; -1: unsaid.
*
*/
  get timeout(): bigint;
  set timeout(value: bigint);
  _adoptMore(value: $.Orphan<$.List<Field>>): void;
  _disownMore(): $.Orphan<$.List<Field>>;
  get more(): $.List<Field>;
  _hasMore(): boolean;
  _initMore(length: number): $.List<Field>;
  set more(value: $.List<Field>);
  toString(): string;
}
export declare class HostHello extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _Limits: $.ListCtor<Field>;
  get host(): string;
  set host(value: string);
  get version(): string;
  set version(value: string);
  get proto(): string;
  set proto(value: string);
  _adoptFeatures(value: $.Orphan<$.List<string>>): void;
  _disownFeatures(): $.Orphan<$.List<string>>;
  get features(): $.List<string>;
  _hasFeatures(): boolean;
  _initFeatures(length: number): $.List<string>;
  set features(value: $.List<string>);
  _adoptLimits(value: $.Orphan<$.List<Field>>): void;
  _disownLimits(): $.Orphan<$.List<Field>>;
  get limits(): $.List<Field>;
  _hasLimits(): boolean;
  _initLimits(length: number): $.List<Field>;
  set limits(value: $.List<Field>);
  _adoptGrants(value: $.Orphan<$.List<string>>): void;
  _disownGrants(): $.Orphan<$.List<string>>;
  get grants(): $.List<string>;
  _hasGrants(): boolean;
  _initGrants(length: number): $.List<string>;
  set grants(value: $.List<string>);
  _adoptConfig(value: $.Orphan<Value>): void;
  _disownConfig(): $.Orphan<Value>;
  get config(): Value;
  _hasConfig(): boolean;
  _initConfig(): Value;
  set config(value: Value);
  get instance(): string;
  set instance(value: string);
  toString(): string;
}
export declare class Request extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
    defaultDl: DataView<ArrayBufferLike>;
    defaultCr: DataView<ArrayBufferLike>;
  };
  static _Meta: $.ListCtor<Field>;
  get m(): string;
  set m(value: string);
  _adoptP(value: $.Orphan<Value>): void;
  _disownP(): $.Orphan<Value>;
  get p(): Value;
  _hasP(): boolean;
  _initP(): Value;
  set p(value: Value);
  /**
* ms left; -1: no deadline.
*
*/
  get dl(): bigint;
  set dl(value: bigint);
  /**
* Credit for output items; -1: the caller takes no stream.
*
*/
  get cr(): bigint;
  set cr(value: bigint);
  /**
* An input stream follows.
*
*/
  get in(): boolean;
  set in(value: boolean);
  /**
* The call that this one serves; 0: none.
*
*/
  get par(): bigint;
  set par(value: bigint);
  _adoptMeta(value: $.Orphan<$.List<Field>>): void;
  _disownMeta(): $.Orphan<$.List<Field>>;
  get meta(): $.List<Field>;
  _hasMeta(): boolean;
  _initMeta(length: number): $.List<Field>;
  set meta(value: $.List<Field>);
  toString(): string;
}
export declare class Response extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  _adoptR(value: $.Orphan<Value>): void;
  _disownR(): $.Orphan<Value>;
  get r(): Value;
  _hasR(): boolean;
  _initR(): Value;
  set r(value: Value);
  _adoptW(value: $.Orphan<Value>): void;
  _disownW(): $.Orphan<Value>;
  /**
* A list of warnings.
*
*/
  get w(): Value;
  _hasW(): boolean;
  _initW(): Value;
  set w(value: Value);
  toString(): string;
}
export declare class Error extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
    defaultRetryAfterMs: DataView<ArrayBufferLike>;
  };
  static _More: $.ListCtor<Field>;
  get code(): string;
  set code(value: string);
  get msg(): string;
  set msg(value: string);
  get retryable(): Maybe;
  set retryable(value: Maybe);
  get retryAfterMs(): bigint;
  set retryAfterMs(value: bigint);
  get path(): string;
  set path(value: string);
  get help(): string;
  set help(value: string);
  get url(): string;
  set url(value: string);
  _adoptData(value: $.Orphan<Value>): void;
  _disownData(): $.Orphan<Value>;
  get data(): Value;
  _hasData(): boolean;
  _initData(): Value;
  set data(value: Value);
  _adoptCause(value: $.Orphan<Error>): void;
  _disownCause(): $.Orphan<Error>;
  get cause(): Error;
  _hasCause(): boolean;
  _initCause(): Error;
  set cause(value: Error);
  get at(): string;
  set at(value: string);
  get stack(): string;
  set stack(value: string);
  _adoptMore(value: $.Orphan<$.List<Field>>): void;
  _disownMore(): $.Orphan<$.List<Field>>;
  /**
* What only a host says: source, plugin, method, crash.
*
*/
  get more(): $.List<Field>;
  _hasMore(): boolean;
  _initMore(length: number): $.List<Field>;
  set more(value: $.List<Field>);
  toString(): string;
}
export declare class Event extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _Meta: $.ListCtor<Field>;
  get m(): string;
  set m(value: string);
  _adoptP(value: $.Orphan<Value>): void;
  _disownP(): $.Orphan<Value>;
  get p(): Value;
  _hasP(): boolean;
  _initP(): Value;
  set p(value: Value);
  _adoptMeta(value: $.Orphan<$.List<Field>>): void;
  _disownMeta(): $.Orphan<$.List<Field>>;
  get meta(): $.List<Field>;
  _hasMeta(): boolean;
  _initMeta(length: number): $.List<Field>;
  set meta(value: $.List<Field>);
  toString(): string;
}
export declare class Log extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
  };
  static _F: $.ListCtor<Field>;
  get lv(): string;
  set lv(value: string);
  get msg(): string;
  set msg(value: string);
  _adoptF(value: $.Orphan<$.List<Field>>): void;
  _disownF(): $.Orphan<$.List<Field>>;
  get f(): $.List<Field>;
  _hasF(): boolean;
  _initF(length: number): $.List<Field>;
  set f(value: $.List<Field>);
  toString(): string;
}
export declare class Bye extends $.Struct {
  static readonly _capnp: {
    displayName: string;
    id: string;
    size: $.ObjectSize;
    defaultMs: DataView<ArrayBufferLike>;
  };
  get why(): string;
  set why(value: string);
  /**
* -1: unsaid.
*
*/
  get ms(): bigint;
  set ms(value: bigint);
  toString(): string;
}
