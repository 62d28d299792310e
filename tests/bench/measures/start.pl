# SPDX-License-Identifier: MIT
# start: from the exec of the supervisor until N services run their main().
package Measure::start;
use strict;
use warnings;
use Bench;

my (%took, %cpu); # "NAME VARIANT N" → ms

sub measure {
        my ($name, $variant, $n) = @_;
        return if $n > peer_info($name)->{most} || !peer_info($name)->{can}{$variant};
        my $p = peer_start($name, $n, variant => $variant);
        my $ns = peer_wait($p);
        peer_drop($p);
        return unless defined $ns;
        push @{ $took{"$name $variant $n"} }, $ns / 1e6;
        push @{ $cpu{"$name $variant $n"} }, $p->{cpu_ms};
        say_progress(sprintf 'start: %s, %s, %d: %.1f ms (%.1f ms of CPU)', $name, $variant, $n, $ns / 1e6, $p->{cpu_ms} // 0);
}

sub rows_of {
        my ($name, $variant, @sizes) = @_;
        my $who = $variant eq 'plain' ? $name : "$name, $variant";
        for my $n (@sizes) {
                my $key = "$name $variant $n";
                row('start', "$n: $who", values => $took{$key}, unit => 'ms', n => $n, floor => $took{"floor plain $n"});
                row('start', "$n: $who, beside a floor with cgroups", values => $took{$key}, unit => 'ms', n => $n,
                        floor => $took{"floor cgroup $n"}, over => 'floor, cgroup', $variant eq 'plain' && $n == 1000 ? (target => 2.0) : ())
                        if $name eq 'keel';
        }
        for my $n (grep { $_ >= 100 } @sizes) {
                my $key = "$name $variant $n";
                row('start', "$n: $who: CPU time of all processes", values => $cpu{$key}, unit => 'ms', floor => $cpu{"floor plain $n"});
                row('start', "$who: for each of $n", values => [ map { $_ * 1000 / $n } @{ $took{$key} // [] } ], unit => 'µs');
        }
}

sub run_all {
        my @sizes = sizes(quick() ? (1, 100, 1000) : (1, 10, 100, 1000, 5000));
        my @plain = peers(qw(floor keel s6 runit supervisord));
        my @parts = qw(user protect private-tmp policy full);
        for my $n (@sizes) {
                for my $round (1 .. ($n >= 5000 ? 3 : rounds(5, 3))) {
                        measure('floor', 'plain', $n);
                        measure('floor', 'cgroup', $n);
                        measure('keel', 'plain', $n);
                        for my $name (grep { !/floor|keel/ } @plain) {
                                measure($name, 'plain', $n) if $n < 1000 || ($n < 5000 && ($round == 1 || ($round <= 3 && !quick())));
                        }
                }
        }
        for my $n (grep { $_ <= 1000 && $_ >= 100 } @sizes) {
                for my $round (1 .. rounds(3, 1)) {
                        measure('keel', $_, $n) for @parts;
                }
        }
        rows_of('floor', 'plain', @sizes);
        rows_of('floor', 'cgroup', @sizes);
        rows_of($_, 'plain', @sizes) for grep { $_ ne 'floor' } @plain;
        rows_of('keel', $_, @sizes) for @parts;
}

{
        about => 'Start: from exec of the supervisor until N services run their main(). keel\'s each have a cgroup of their own, in '
                . 'every variant; of the others only "floor, cgroup" does that.',
        run => \&run_all,
};
