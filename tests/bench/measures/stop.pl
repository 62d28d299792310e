# SPDX-License-Identifier: MIT
# stop: from SIGTERM to the supervisor until it and every service are gone.
package Measure::stop;
use strict;
use warnings;
use Bench;

sub run_all {
        my %took;
        my @names = peers(qw(floor keel s6 runit supervisord));
        for my $n (quick() ? (100) : (100, 1000)) {
                for my $round (1 .. rounds($n == 100 ? 7 : 3, 3)) {
                        for my $name (@names) {
                                next if $name eq 'supervisord' && $round > 1; # a second for each ten
                                my $p = peer_start($name, $n);
                                my $took = defined peer_wait($p) ? peer_stop($p, 120) : peer_drop($p);
                                push @{ $took{"$name $n"} }, $took / 1e6 if $took;
                        }
                }
                row('stop', "$n: $_", values => $took{"$_ $n"}, unit => 'ms', floor => $took{"floor $n"}, n => $n,
                        $_ eq 'keel' && $n == 100 ? (target => 1.5) : ()) for @names;
        }
        for my $n (100, 1000) {
                for my $name (@names) {
                        row('stop', "for each of $n: $name", values => [ map { $_ * 1000 / $n } @{ $took{"$name $n"} // [] } ], unit => 'µs');
                }
        }
}

{
        about => 'Stop: from SIGTERM (runit: SIGHUP) until the supervisor and every service are gone.',
        run => \&run_all,
};
