# SPDX-License-Identifier: MIT
# entrypoint: one command under each of those that are made for it, as PID 1 of a new pid namespace.
package Measure::entrypoint;
use strict;
use warnings;
use Bench;

my @names = peers(qw(floor keel tini-static catatonit dumb-init tini));
my %words = map { $_ => [ split ' ', peer_info($_)->{entrypoint} ] } @names;

# columns(ROUNDS, [COMMAND…]…): the values of each command, in turns.
sub columns {
        my ($rounds, @commands) = @_;
        my @arguments = map { ('--then', @$_) } @commands;
        shift @arguments;
        my $text = capture(tools() . '/entrypoint', $rounds, @arguments);
        my @rows = map { [split] } split /\n/, $text;
        return map { my $i = $_; [ map { $_->[$i] } @rows ] } 0 .. $#commands;
}

sub measure_time {
        my ($bare, @all) = columns(rounds(400, 60), ['/bin/true'], map { [ @{ $words{$_} }, '/bin/true' ] } @names);
        my $own = median(@$bare);
        my %added;
        for my $i (0 .. $#names) {
                $added{ $names[$i] } = [ map { ($all[$i][$_] - $bare->[$_]) / 1000 } 0 .. $#$bare ];
        }
        row('entrypoint', '/bin/true alone', values => [ map { $_ / 1000 } @$bare ], unit => 'µs');
        for my $name (@names) {
                row('entrypoint', "time added by $name", values => $added{$name}, unit => 'µs', floor => $added{floor},
                        $name eq 'keel' ? (target => 1.5) : ());
        }
}

# The burst: the least init is one that ignores SIGCHLD.
sub measure_burst {
        my $zombies = tools() . '/../helpers/zombies';
        my $n = rounds(20000, 5000);
        my %took;
        for (1 .. rounds(7, 3)) {
                for my $name (@names) {
                        my @init = $name eq 'floor' ? (tools() . '/../helpers/ignoring-init') : @{ $words{$name} };
                        my ($text) = capture('unshare', '--pid', '--fork', '--mount-proc', @init, $zombies, $n);
                        push @{ $took{$name} }, $1 / 1000 if $text =~ /^(\d+)$/m;
                }
        }
        for my $name (@names) {
                my $what = $name eq 'floor' ? 'an init that ignores SIGCHLD' : $name;
                row('entrypoint', "$n zombies at once: $what", values => $took{$name}, unit => 'ms', floor => $took{floor},
                        $name eq 'keel' ? (target => 1.4) : ());
        }
}

sub measure_memory {
        for my $name (@names) {
                my $pid = fork // die;
                if (!$pid) {
                        exec 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc', @{ $words{$name} }, '/bin/sleep', 1000;
                }
                # unshare, PID 1, sleep
                my @all;
                for (1 .. 500) {
                        @all = tree($pid);
                        last if @all == 3 && (readlink("/proc/$all[2]/exe") // '') =~ /sleep/;
                        select undef, undef, undef, 0.01;
                }
                my %m = @all == 3 ? memory_of($all[1]) : ();
                kill 'KILL', $pid;
                waitpid $pid, 0;
                next unless %m;
                row('entrypoint', "resident memory of $name", values => [ $m{rss} ], unit => 'kB', $name eq 'keel' ? (target => 64) : ());
                row('entrypoint', "private memory of $name", values => [ $m{private} ], unit => 'kB');
        }
}

{
        about => 'Entrypoint: what X adds to the wall time of `X -- /bin/true`, what it holds, and a burst of zombies.',
        run => sub { measure_time(); measure_burst(); measure_memory() },
};
