# SPDX-License-Identifier: MIT
# stop: from SIGTERM to the supervisor until it and every service are gone.
package Measure::stop;
use strict;
use warnings;
use Bench;

sub run_all {
        my (%took, %cpu); # "NAME N" → ms
        my @names = map { $_ eq 'floor' ? ($_, 'floor, cgroup') : $_ } peers(qw(floor keel s6 runit supervisord));
        my @sizes = sizes(quick() ? (100) : (100, 1000));
        for my $n (@sizes) {
                for my $round (1 .. rounds($n <= 100 ? 7 : 5, 3)) {
                        for my $name (@names) {
                                next if $name eq 'supervisord' && $round > 1; # a second for each ten
                                my ($peer, $variant) = split /, /, $name;
                                my $p = peer_start($peer, $n, variant => $variant // 'plain');
                                my $took = defined peer_wait($p) ? peer_stop($p, 120) : peer_drop($p);
                                push @{ $took{"$name $n"} }, $took / 1e6 if $took;
                                push @{ $cpu{"$name $n"} }, $p->{cpu_ms} if $took;
                        }
                }
                row('stop', "$n: $_", values => $took{"$_ $n"}, unit => 'ms', floor => $took{"floor $n"}, n => $n,
                        $_ eq 'keel' && $n == 100 ? (target => 1.5) : ()) for @names;
                row('stop', "$n: keel, beside a floor with cgroups", values => $took{"keel $n"}, unit => 'ms', n => $n,
                        floor => $took{"floor, cgroup $n"}, over => 'floor, cgroup');
                next if $n < 1000;
                row('stop', "$n: $_: CPU time of all processes", values => $cpu{"$_ $n"}, unit => 'ms', floor => $cpu{"floor $n"})
                        for @names;
        }
        for my $n (@sizes) {
                for my $name (@names) {
                        row('stop', "for each of $n: $name", values => [ map { $_ * 1000 / $n } @{ $took{"$name $n"} // [] } ], unit => 'µs');
                }
        }
}

{
        about => 'Stop: from SIGTERM (runit: SIGHUP) until the supervisor and every service are gone; what has cgroups has removed them.',
        run => \&run_all,
};
