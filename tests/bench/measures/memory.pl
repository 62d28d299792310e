# SPDX-License-Identifier: MIT
# memory: what the supervisor's own processes hold with N services.
package Measure::memory;
use strict;
use warnings;
use Bench;

my %target = (0 => 2300, 1000 => 4500);

sub run_all {
        my %m;
        my @names = peers(qw(keel s6 runit supervisord));
        my @sizes = sizes(quick() ? (0, 1, 1000) : (0, 1, 100, 1000, 5000));
        for my $n (@sizes) {
                for my $name (@names) {
                        next if $n > peer_info($name)->{most} || ($n == 5000 && $name eq 's6');
                        my $p = peer_start($name, $n);
                        if ($n ? defined peer_wait($p) : settle($p)) {
                                sleep 1; # first the work that comes with the start
                                my @own = own_processes($p);
                                $m{$name}{$n} = { memory_of(@own) };
                                if ($name eq 'keel') {
                                        for my $pid (@own) {
                                                my $comm = Bench::slurp("/proc/$pid/comm") // next;
                                                chomp $comm;
                                                my %one = memory_of($pid);
                                                $m{parts}{$n}{$comm} += $one{pss};
                                        }
                                }
                        }
                        peer_drop($p);
                }
        }
        for my $name (@names) {
                for my $n (@sizes) {
                        my $one = $m{$name}{$n} or next;
                        row('memory', "PSS at $n: $name", values => [ $one->{pss} ], unit => 'kB', n => $n,
                                $name eq 'keel' && $target{$n} ? (target => $target{$n}) : ());
                        next unless $name eq 'keel';
                        row('memory', "PSS at $n: of it $_", values => [ $m{parts}{$n}{$_} ], unit => 'kB') for sort keys %{ $m{parts}{$n} };
                }
        }
        for my $name (@names) {
                for my $n (@sizes) {
                        my $one = $m{$name}{$n} or next;
                        row('memory', "processes at $n: $name", values => [ $one->{processes} ], unit => '');
                        row('memory', "file descriptors at $n: $name", values => [ $one->{fds} ], unit => '');
                        row('memory', "for each of $n: $name", values => [ ($one->{pss} - $m{$name}{0}{pss}) / $n ], unit => 'kB')
                                if $n >= 100 && $m{$name}{0};
                }
        }
}

# Nobody reports when there is no service: until its number of processes has been the same for a second.
sub settle {
        my ($p) = @_;
        my ($last, $since, $until) = (0, now(), now() + 20);
        while (now() < $until) {
                my $count = own_processes($p);
                ($last, $since) = ($count, now()) if $count != $last;
                return 1 if $count && now() - $since > 1.5;
                Time::HiRes::sleep(0.1);
        }
        return 0;
}

{
        about => 'Memory: proportional set size (PSS) of all the supervisor\'s own processes, their number and their file descriptors.',
        run => \&run_all,
};
