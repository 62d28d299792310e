# SPDX-License-Identifier: MIT
# restart: from kill -9 of a main process until main() of the next; and how often in a storm.
package Measure::restart;
use strict;
use warnings;
use Bench;
use Time::HiRes qw(sleep);

# kill -9 of the only service, again and again: the µs until the next main().
sub latencies {
        my ($p, $rounds) = @_;
        my @took;
        my $inside = inside_of($p);
        for (1 .. $rounds) {
                my $old = $p->{latest}{0}[0];
                my $begin = now();
                kill_inside($inside, $p->{latest}{0}[1], 9) or last;
                my $until = $begin + 20;
                do {
                        sleep 0.0005;
                        read_reports($p);
                } while ($p->{latest}{0}[0] == $old && now() < $until);
                last if $p->{latest}{0}[0] == $old;
                push @took, $p->{latest}{0}[0] / 1000 - $begin * 1e6;
                sleep 0.002; # what it has to write down, it writes down
        }
        return @took;
}

sub measure_latency {
        my @who = (map({ ['floor', $_] } qw(plain cgroup full)), map({ ['keel', $_] } qw(plain user protect private-tmp policy full)),
                map { [$_, 'plain'] } peers(qw(s6 runit supervisord)));
        my (%took, %running);
        for my $who (@who) {
                my $p = peer_start($who->[0], 1, variant => $who->[1]);
                defined peer_wait($p) ? $running{"@$who"} = $p : peer_drop($p);
        }
        # In turns of 25, so that the machine's moods hit all alike. Those that wait a second for a young service get fewer.
        for (1 .. rounds(20, 4)) {
                for my $who (@who) {
                        my $p = $running{"@$who"} or next;
                        push @{ $took{"@$who"} }, latencies($p, $who->[0] =~ /s6|runit|supervisord/ ? 1 : 25);
                }
        }
        peer_drop($_) for values %running;
        for my $who (@who) {
                my ($name, $variant) = @$who;
                my $title = $variant eq 'plain' ? $name : "$name, $variant";
                my @all = @{ $took{"@$who"} // [] };
                row('restart', "p50: $title", values => \@all, unit => 'µs', floor => $took{'floor plain'},
                        $name ne 'keel' ? () : $variant eq 'plain' ? (target => 1.3) : $variant eq 'full' ? (target => 2.5) : ());
        }
        row('restart', 'p50: keel, full, beside floor, full', values => $took{'keel full'} // [], unit => 'µs',
                floor => $took{'floor full'}, over => 'floor, full');
        for my $who (@who) {
                my @all = @{ $took{"@$who"} // [] };
                row('restart', "p99: " . ($who->[1] eq 'plain' ? $who->[0] : "$who->[0], $who->[1]"), values => [ percentile(99, @all) ],
                        unit => 'µs', floor => [ percentile(99, @{ $took{'floor plain'} }) ]) if @all >= 50;
        }
}

# What keeping the record costs: the same supervisor beside one that saves nothing, in turns. CPU time is that of keel's own
# processes: PID 1, supervisor and logger.
sub measure_record {
        my @who = qw(keel keel-unsaved);
        my (%took, %cpu, %running);
        for my $name (@who) {
                my $p = peer_start($name, 1);
                defined peer_wait($p) ? $running{$name} = $p : peer_drop($p);
        }
        return if keys %running < 2;
        for my $turn (1 .. rounds(60, 20)) {
                for my $name ($turn % 2 ? @who : reverse @who) {
                        my @own = own_processes($running{$name});
                        my $cpu = run_time_of(@own);
                        my @turn = latencies($running{$name}, 25) or next;
                        push @{ $took{$name} }, @turn;
                        push @{ $cpu{$name} }, (run_time_of(@own) - $cpu) / @turn;
                }
        }
        peer_drop($_) for values %running;
        for my $name (@who) {
                my $title = $name eq 'keel' ? 'with its record' : 'that saves nothing';
                my %o = (unit => 'µs', over => 'unsaved');
                row('restart', "p50 of " . @{ $took{$name} } . ": keel $title", values => $took{$name}, floor => $took{'keel-unsaved'}, %o,
                        $name eq 'keel' ? (target => 1.03) : ());
                row('restart', "CPU time of PID 1, supervisor, logger for each: keel $title", values => $cpu{$name},
                        floor => $cpu{'keel-unsaved'}, %o);
        }
}

# N services that end at once: starts in a second, all together.
sub measure_storm {
        my ($n) = @_;
        my %rate;
        for (1 .. rounds(5, 2)) {
                for my $name (peers(qw(floor keel))) {
                        my $p = peer_start($name, $n, mode => 'exit');
                        peer_wait($p) // next;
                        my $begin = now();
                        my $count = 0;
                        while (now() - $begin < rounds(2, 1)) {
                                $count += read_reports($p);
                                sleep 0.01;
                        }
                        push @{ $rate{$name} }, $count / (now() - $begin);
                        peer_drop($p);
                }
        }
        for my $name (grep { $rate{$_} } qw(floor keel)) {
                row('restart', "storm of $n: $name", values => $rate{$name}, unit => '1/s', floor => $rate{floor},
                        $name eq 'keel' ? (least => 0.6) : ());
        }
}

{
        about => 'Restart: from kill -9 of the main process until main() of the next, and restarts in a second when all end at once.',
        run => sub { measure_latency(); measure_record(); measure_storm($_) for 1, 50 },
};
