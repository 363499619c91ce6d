@0xfb58a721d863cd0b;
# Sallyport's frames as Cap'n Proto. bus/PROTOCOL.md says what they mean; this file says where each field lies.
# Numbers (@n) and ids stay as they are for ever: a new field gets the next number.

struct Frame @0xc7a365cdeff567d0 {
  # The root of each message. What the protocol gets before this file does travels in `more`, or as `other`.

  id @0 :UInt64;
  # Of the call. 0 where a frame is of no call, and for the credit of events.

  union {
    none @1 :Void;
    # An empty message: refused.
    guestHello @2 :GuestHello;
    hostHello @3 :HostHello;
    req @4 :Request;
    res @5 :Response;
    err @6 :Error;
    data @7 :Value;
    end @8 :Void;
    credit @9 :UInt64;
    prog @10 :List(Field);
    # The map `p`: done, total, note.
    cancel @11 :Text;
    # Why.
    ev @12 :Event;
    log @13 :Log;
    ping @14 :UInt64;
    pong @15 :UInt64;
    bye @16 :Bye;
    other @17 :Text;
    # The type `t` of a frame that this file does not know; its fields are in `more`.
  }

  more @18 :List(Field);
  # Fields of the frame that have no place here, by their names in PROTOCOL.md.
}

struct Value @0xa9c4af36f37ba3d7 {
  # A value of the data model. All that is left out is null.
  union {
    null @0 :Void;
    int @1 :Int64;
    float @2 :Float64;
    # Finite.
    text @3 :Text;
    bytes @4 :Data;
    list @5 :List(Value);
    map @6 :List(Field);
    bool @7 :Bool;
    time @8 :Int64;
    # Milliseconds since 1970, in the years 0000 to 9999.
  }
}

struct Field @0x89576a66091ff8d1 {
  # An entry of a map.
  key @0 :Text;
  value @1 :Value;
}

enum Maybe @0x853a272447c3aa2d {
  unsaid @0;
  no @1;
  yes @2;
}

struct GuestHello @0xcace485dec751d4d {
  name @0 :Text;
  version @1 :Text;
  methods @2 :List(Method);
  features @3 :List(Text);
  limits @4 :List(Field);
  needs @5 :List(Text);
  events @6 :List(Text);
  provides @7 :List(Field);
  requires @8 :List(Field);
  sdk @9 :Text;
}

struct Method @0xb632a9552e811f75 {
  name @0 :Text;
  stream @1 :Text;
  # in, out or both; left out: none.
  idempotent @2 :Maybe;
  timeout @3 :Int64 = -1;
  # ms; -1: unsaid.
  more @4 :List(Field);
}

struct HostHello @0xaf567e92756eb344 {
  host @0 :Text;
  version @1 :Text;
  proto @2 :Text;
  features @3 :List(Text);
  limits @4 :List(Field);
  grants @5 :List(Text);
  config @6 :Value;
  instance @7 :Text;
}

struct Request @0xcfd89e1de8868d8c {
  m @0 :Text;
  p @1 :Value;
  dl @2 :Int64 = -1;
  # ms left; -1: no deadline.
  cr @3 :Int64 = -1;
  # Credit for output items; -1: the caller takes no stream.
  in @4 :Bool;
  # An input stream follows.
  par @5 :UInt64;
  # The call that this one serves; 0: none.
  meta @6 :List(Field);
}

struct Response @0xa1f7322331438e24 {
  r @0 :Value;
  w @1 :Value;
  # A list of warnings.
}

struct Error @0x9f50aaf594b64cd0 {
  code @0 :Text;
  msg @1 :Text;
  retryable @2 :Maybe;
  retryAfterMs @3 :Int64 = -1;
  path @4 :Text;
  help @5 :Text;
  url @6 :Text;
  data @7 :Value;
  cause @8 :Error;
  at @9 :Text;
  stack @10 :Text;
  more @11 :List(Field);
  # What only a host says: source, plugin, method, crash.
}

struct Event @0xbd5ce3d7854fc530 {
  m @0 :Text;
  p @1 :Value;
  meta @2 :List(Field);
}

struct Log @0xdd0ee3c192f59001 {
  lv @0 :Text;
  msg @1 :Text;
  f @2 :List(Field);
}

struct Bye @0xe58f1ea5a3ab17d9 {
  why @0 :Text;
  ms @1 :Int64 = -1;
  # -1: unsaid.
}
