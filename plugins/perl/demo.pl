#!/usr/bin/env perl
# The demo plugin in Perl: SPP/1 with JSON on core modules, in one select loop without threads.
use v5.20;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';
use B ();
use IO::Handle ();
use JSON::PP ();
use List::Util qw(max min);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

unless ($ENV{SALLYPORT_PLUGIN}) {
    print STDERR "This is a Sallyport plugin; try: npx sallyport call demo.upper '{\"text\":\"hi\"}' --plugin plugins/perl\n";
    exit 64;
}
open my $wire, '>&', \*STDOUT or die "stdout: $!\n";
open STDOUT, '>&', \*STDERR or die "stderr: $!\n";                 # a stray print now goes to the log
binmode $_, ':raw' for \*STDIN, $wire;
$wire->blocking(0);
$SIG{PIPE} = 'IGNORE';

use constant { SAFE => 2**53, HIGH_WATER => 65536, WINDOW => 32, EVENTS => 64, HELD => 1000 };
my ($in, $out, $scanned, $bye) = ('', "SALLYPORT/1 json\n", 0, 0); # $in: not a whole frame yet; $out: not written yet
my (%open, %asked, @events);                                       # the host's calls; who waits for ours; events without credit
my ($next_id, $heard, $events_read, $event_credit) = (2, 0, 0, 0);
my $host = { limits => { frame => 65536 }, features => [] };       # until its hello comes
my $json = JSON::PP->new->utf8;

# ---- JSON. {"$int":..}, {"$bytes":..}, {"$time":..} and "$$keys" stay as they travel, and so go back unchanged.
# The encoder is our own, since that of JSON::PP cuts floats to 15 digits.

sub is_number ($v) {
    my $flags = B::svref_2object(\$v)->FLAGS;
    return !ref $v && $flags & (B::SVf_IOK | B::SVf_NOK) && !($flags & B::SVf_POK);
}

sub is_string ($v) { defined $v && !ref $v && !is_number($v) }
sub is_whole ($v) { is_number($v) && $v == int $v && abs $v <= SAFE }

# The digits of an integer of the data model, or undef for another value.
sub digits ($v) { ref $v eq 'HASH' && keys %$v == 1 ? $v->{'$int'} : is_whole($v) ? sprintf('%.0f', $v) : undef }

my %ESCAPE = (map({ chr, sprintf '\u%04x', $_ } 0 .. 31),
    "\b" => '\b', "\t" => '\t', "\n" => '\n', "\f" => '\f', "\r" => '\r', '"' => '\"', '\\' => '\\\\');
sub encode_string ($text) { '"' . ($text =~ s/([\x00-\x1f"\\])/$ESCAPE{$1}/gr) . '"' }

sub encode_number ($n) {
    return sprintf '%.0f', $n if is_whole($n);
    my ($text) = grep { $_ == $n } map { sprintf "%.${_}g", $n } 15 .. 17;
    return $text =~ /[.e]/ ? $text : sprintf '%.16e', $n;          # digits alone would be refused beyond 2^53
}

sub encode ($value) {
    my $type = ref $value;
    return 'null' unless defined $value;
    return is_number($value) ? encode_number($value) : encode_string($value) unless $type;
    return '[' . join(',', map { encode($_) } @$value) . ']' if $type eq 'ARRAY';
    return '{' . join(',', map { encode_string($_) . ':' . encode($value->{$_}) } sort keys %$value) . '}' if $type eq 'HASH';
    return $value ? 'true' : 'false';                              # JSON::PP::Boolean
}

# ---- Sending. Frames queue up in $out, so that nothing here ever blocks.

sub throw ($code, $msg, @path) { die { code => $code, msg => $msg, map { (path => $_) } @path } }

sub post (@pairs) {
    my @fields;
    while (my ($key, $value) = splice @pairs, 0, 2) { push @fields, qq("$key":) . encode($value) }
    utf8::encode(my $frame = '{' . join(',', @fields) . '}');
    my ($size, $limit) = (length $frame, $host->{limits}{frame});
    throw('resource_exhausted', "a frame of $size bytes cannot be sent; the limit is $limit") if $size > $limit;
    $out .= "$frame\n";
}

sub settle ($call, $type, @answer) {
    post(t => $type, id => $call->{id}, @answer);
    delete $asked{ $call->{asked} } if $call->{asked};
    delete $open{ $call->{id} };
}

sub fail ($call, $error) { eval { settle($call, 'err', e => $error); 1 } or settle($call, 'err', e => $@) }
sub publish () { while (@events && $event_credit) { post(@{ shift @events }); $event_credit-- } }

# ---- The methods. Each is called again whenever something happened, until it returns a result or dies; `return;` is "not yet".

sub now () { clock_gettime(CLOCK_MONOTONIC) }
sub has ($feature) { scalar grep { $_ eq $feature } @{ $host->{features} } }
sub need ($feature) { has($feature) or throw('failed_precondition', "the host has no feature $feature") }
sub want ($ok, $field, $what) { $ok or throw('invalid_argument', "$field must be $what", "params.$field") }
sub want_string ($p, $field) { want(is_string($p->{$field}), $field, 'a string'); $p->{$field} }
sub want_count ($p, $field) { my $n = digits($p->{$field}); want(defined $n && $n >= 0, $field, 'an integer from 0'); $n }
sub want_name ($p, $field) { want(want_string($p, $field) =~ /\A(?=.{1,256}\z)\$?[\w-]+(\.[\w-]+)*\z/a, $field, 'a name'); $p->{$field} }
sub meta ($call) { $call->{meta} ? (meta => $call->{meta}) : () }

my %METHODS = (
    'demo.echo'   => sub ($call, $p) { $call->{p} },
    'demo.config' => sub ($call, $p) { $host->{config} },
    'demo.heard'  => sub ($call, $p) { $heard },
    'demo.upper'  => sub ($call, $p) { want_string($p, 'text') =~ tr/a-z/A-Z/r },
    'demo.fail'   => sub ($call, $p) { throw(want_string($p, 'code'), want_string($p, 'msg')) },
    'demo.count'  => sub ($call, $p) {
        my $to = want_count($p, 'to');
        throw('failed_precondition', 'demo.count streams its result, and its caller takes no stream') unless defined $call->{credit};
        for ($call->{sent} //= 0; $call->{sent} < $to; $call->{credit}--) {
            return if !$call->{credit} || length $out > HIGH_WATER;
            post(t => 'data', id => $call->{id}, d => ++$call->{sent});
        }
        return { count => $p->{to} };
    },
    'demo.sum' => sub ($call, $p) {
        throw('failed_precondition', 'demo.sum adds up an input stream, and its caller sends none') unless $call->{in};
        require Math::BigInt;
        post(t => 'credit', id => $call->{id}, n => WINDOW) unless defined $call->{sum};
        my $sum = $call->{sum} //= Math::BigInt->new(0);
        while (@{ $call->{items} }) {
            $sum->badd(digits(shift @{ $call->{items} }) // throw('invalid_argument', 'items must be integers'));
            post(t => 'credit', id => $call->{id}, n => WINDOW / 2) unless ++$call->{taken} % (WINDOW / 2) || $call->{ended};
        }
        return unless $call->{ended};
        return 0 + $sum->bstr if $sum->copy->babs <= SAFE;
        return { '$int' => $sum->bstr } if $sum >= '-9223372036854775808' && $sum <= '9223372036854775807';
        throw('invalid_argument', 'the sum does not fit into 64 bits');
    },
    'demo.sleep' => sub ($call, $p) {
        want(defined $p->{ms} && is_number($p->{ms}) && $p->{ms} >= 0, 'ms', 'a number from 0');
        $call->{wake} = $call->{since} + $p->{ms} / 1000;
        return now() < $call->{wake} ? () : { slept => $p->{ms} };
    },
    'demo.relay' => sub ($call, $p) {
        if (!$call->{asked}) {
            need('hostcall');
            my $method = want_name($p, 'method');
            my @left = defined $call->{dl} ? (dl => max(1, int($call->{dl} - 1000 * (now() - $call->{since})))) : ();
            post(t => 'req', id => $next_id, m => $method, p => $p->{params}, @left, par => $call->{id}, meta($call));
            $asked{ $call->{asked} = $next_id } = $call;
            $next_id += 2;
        }
        my $answer = $call->{answer} or return;
        return $answer->{t} eq 'res' ? $answer->{r} : die $answer->{e};
    },
    'demo.emit' => sub ($call, $p) {
        need('events');
        my @event = (t => 'ev', m => want_name($p, 'topic'), p => $p->{payload}, meta($call));
        throw('resource_exhausted', HELD . ' events wait for credit') if @events >= HELD;
        push @events, \@event;
        publish();
        return JSON::PP::true;
    },
    'demo.steps' => sub ($call, $p) {
        my $steps = want_count($p, 'steps');
        for ($call->{done} //= 0; has('progress') && $call->{done} < $steps;) {
            return if length $out > HIGH_WATER;
            post(t => 'prog', id => $call->{id}, p => { done => ++$call->{done}, total => $p->{steps} });
        }
        return { steps => $p->{steps} };
    },
    'demo.log' => sub ($call, $p) {
        need('log');
        post(t => 'log', lv => 'info', msg => want_string($p, 'msg'), id => $call->{id});
        return JSON::PP::true;
    },
);

sub advance ($call) {
    my $method = $METHODS{ $call->{m} } // sub { throw('unimplemented', "demo has no method $call->{m}") };
    return if eval {
        my @result = $method->($call, ref $call->{p} eq 'HASH' ? $call->{p} : {});
        settle($call, 'res', r => $result[0]) if @result;
        1;
    };
    fail($call, ref $@ eq 'HASH' ? $@ : { code => 'internal', msg => "$@" });
}

# ---- Receiving: one handler for each type, called with the frame and the host's call that it is about, if that is open.

my %ON = (
    hello  => sub ($f, $call) { $host = $f; $event_credit = $f->{limits}{events} },
    ping   => sub ($f, $call) { post(t => 'pong', n => $f->{n}) },
    bye    => sub ($f, $call) { $bye = 1 },
    req    => sub ($f, $call) { $open{ $f->{id} } = { %$f, credit => $f->{cr}, items => [], since => now() } },
    data   => sub ($f, $call) { push @{ $call->{items} }, $f->{d} if $call },
    end    => sub ($f, $call) { $call->{ended} = 1 if $call },
    credit => sub ($f, $call) { $call->{credit} += $f->{n} if $call; $event_credit += $f->{n}, publish() if !$f->{id} },
    cancel => sub ($f, $call) {
        return unless $call;
        post(t => 'cancel', id => $call->{asked}, why => 'parent') if $call->{asked} && !$call->{answer};
        fail($call, { code => 'cancelled', msg => "$call->{m} was cancelled: $f->{why}" });
    },
    ev => sub ($f, $call) {
        $heard++ if $f->{m} eq 'demo.poke';
        post(t => 'credit', id => 0, n => EVENTS / 2) unless ++$events_read % (EVENTS / 2);
    },
    map { $_ => sub ($f, $call) { $asked{ $f->{id} }{answer} = $f if $asked{ $f->{id} } } } qw(res err),
);

sub receive () {
    for (my $end; ($end = index $in, "\n", $scanned) >= 0; $scanned = 0) {
        my $line = substr $in, 0, $end + 1, '';
        my $frame = $line =~ /\S/ ? $json->decode($line) : next;
        my $handler = $ON{ $frame->{t} } or next;
        my $id = $frame->{id} // 0;
        $handler->($frame, scalar $open{$id});
        advance($open{$id}) if $open{$id};
    }
    $scanned = length $in;
    die "frame_too_large: the host sent more than its limit\n" if $scanned > max(1 << 24, $host->{limits}{frame}) + 1;
}

# ---- The loop.

my %stream = ('demo.count' => 'out', 'demo.sum' => 'in');
post(t => 'hello', name => 'demo', version => '1.0.0', sdk => 'none', limits => { inflight => 16, events => EVENTS },
    methods => [ map { $stream{$_} ? { name => $_, stream => $stream{$_} } : $_ } sort keys %METHODS ], events => ['demo.poke'],
    features => [qw(stream cancel ping log progress events hostcall)], needs => [qw(call:** publish:** subscribe:demo.poke)]);

sub moved ($count) { defined $count || $!{EINTR} || $!{EAGAIN} || $!{EWOULDBLOCK} or die "sallyport: $!\n"; $count }

until ($bye && !%open && $out eq '') {
    vec(my $readable = '', fileno STDIN, 1) = 1;
    vec(my $writable = '', fileno $wire, 1) = $out ne '';
    my $wake = min grep { defined } map { $_->{wake} } values %open;
    my $ready = select $readable, $writable, undef, defined $wake ? max(0, $wake - now()) : undef;
    defined moved($ready < 0 ? undef : $ready) or next;
    if ($ready && vec $writable, fileno $wire, 1) { substr $out, 0, moved(syswrite $wire, $out) // 0, '' }
    if ($ready && vec $readable, fileno STDIN, 1) {
        my $read = moved(sysread STDIN, $in, 65536, length $in) // next;
        last unless $read;                                         # the end of stdin is the end
        receive();
    }
    advance($open{$_}) for sort { $a <=> $b } keys %open;
}
syswrite $wire, $out if $out ne '';                                # what still fits into the pipe
die "protocol_violation: stdin ended inside a frame\n" if $in ne '' && !$bye;
exit 0;
