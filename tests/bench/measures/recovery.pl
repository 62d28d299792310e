# SPDX-License-Identifier: MIT
# recovery: the supervisor is killed; how long until the next one answers, with N services running that must not notice.
package Measure::recovery;
use strict;
use warnings;
use Bench;
use Time::HiRes ();

sub supervisor_of {
        my ($p) = @_;
        for my $pid (tree($p->{pid})) {
                return $pid if (readlink("/proc/$pid/exe") // '') =~ m{/keel-supervisor$};
        }
        return undef;
}

# The ms from the kill to the answer, or undef.
sub recover {
        my ($p, $socket) = @_;
        my $old = supervisor_of($p) or return undef;
        my $begin = now();
        kill 'KILL', $old;
        # The question is asked at once: PID 1 keeps the socket, so it waits there for the next supervisor.
        my ($text) = capture('timeout', 60, tools() . '/bench-bus', 'once', $socket, 'bench-0.service');
        return $text =~ /^(\d+)$/m ? $1 / 1e6 - $begin * 1e3 : undef;
}

sub run_all {
        my %took;
        my %lost;
        my @sizes = sizes(quick() ? (10, 1000) : (10, 100, 1000, 5000));
        for my $n (@sizes) {
                my $p = peer_start('keel', $n);
                if (!defined peer_wait($p)) {
                        peer_drop($p);
                        next;
                }
                my $socket = '/run/keel/instances/' . ($p->{dir} =~ s{.*/}{}r) . '/control';
                Time::HiRes::sleep(2);
                $lost{$n} = 0;
                for (1 .. rounds(3, 2)) {
                        my $ms = recover($p, $socket);
                        push @{ $took{$n} }, $ms if defined $ms;
                        # PID 1 waits longer from one quick death to the next: let it believe that all is well.
                        Time::HiRes::sleep(rounds(12, 3));
                        $lost{$n} += read_reports($p); # whoever reports now has been started again
                }
                peer_drop($p);
        }
        row('recovery', "with $_ services: until the first answer", values => $took{$_}, unit => 'ms') for @sizes;
        for my $n (grep { $_ >= 100 } @sizes) {
                row('recovery', "for each of $n", values => [ map { $_ * 1000 / $n } @{ $took{$n} // [] } ], unit => 'µs');
        }
        for my $n (@sizes) {
                row('recovery', "services of $n that were started again", values => [ $lost{$n} ], unit => '', target => 0) if defined $lost{$n};
        }
}

{
        about => 'Recovery: kill -9 of the supervisor, until the next one answers a question asked at once; no service may notice.',
        run => \&run_all,
};
