# SPDX-License-Identifier: MIT
# idle: CPU time and wake-ups of the supervisor's own processes while nothing happens. All peers idle at the same time.
package Measure::idle;
use strict;
use warnings;
use Bench;

# (CPU time in ms, switches) of these processes since they began.
sub spent {
        my ($cpu, $switches) = (0, 0);
        for my $pid (@_) {
                for my $task (glob "/proc/$pid/task/*") {
                        $cpu += $1 / 1e6 if (slurp("$task/schedstat") // '') =~ /^(\d+)/;
                        $switches += $_ for (slurp("$task/status") // '') =~ /^(?:non)?voluntary_ctxt_switches:\s+(\d+)/mg;
                }
        }
        return ($cpu, $switches);
}

sub measure {
        my ($n) = @_;
        my $seconds = rounds(60, 10);
        my (%p, %own, %before);
        for my $name (peers(qw(floor keel s6 runit supervisord))) {
                $p{$name} = peer_start($name, $n);
                delete $p{$name} unless defined peer_wait($p{$name});
        }
        # What follows a start is no idleness: keel's supervisor beats until it has had nothing to do for ten seconds, seen twice.
        sleep 35;
        for my $name (keys %p) {
                $own{$name} = [ own_processes($p{$name}) ];
                $before{$name} = [ spent(@{ $own{$name} }) ];
        }
        sleep $seconds;
        for my $name (grep { $p{$_} } qw(floor keel s6 runit supervisord)) {
                my ($cpu, $switches) = spent(@{ $own{$name} });
                row('idle', "wake-ups in $seconds s with $n: $name", values => [ $switches - $before{$name}[1] ], unit => '',
                        $name eq 'keel' && $n == 100 ? (target => 0) : ());
                row('idle', "CPU time in $seconds s with $n: $name", values => [ $cpu - $before{$name}[0] ], unit => 'ms');
        }
        peer_drop($_) for values %p;
}

{
        about => 'Idle: what the supervisor\'s own processes do while nothing happens.',
        run => sub { measure($_) for quick() ? (100) : (100, 1000) },
};
