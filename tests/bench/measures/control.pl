# SPDX-License-Identifier: MIT
# control: how many questions are answered in a second.
package Measure::control;
use strict;
use warnings;
use Bench;

# Runs of a command in a second, one after the other.
sub rate {
        my ($seconds, @command) = @_;
        my ($begin, $count) = (now(), 0);
        do {
                my $pid = fork // die;
                if (!$pid) {
                        open STDOUT, '>', '/dev/null';
                        open STDERR, '>', '/dev/null';
                        exec @command;
                }
                waitpid $pid, 0;
                $count++;
        } while (now() - $begin < $seconds);
        return $count / (now() - $begin);
}

sub run_all {
        my %rate;
        my $seconds = rounds(2, 1);
        my %p = map { my $p = peer_start($_, 10); defined peer_wait($p) ? ($_ => $p) : () } peers(qw(keel s6 runit));
        my $k = $p{keel} or die "keel does not run\n";
        my $name = $k->{dir} =~ s{.*/}{}r;
        my $socket = "/run/keel/instances/$name/control";
        local $ENV{PATH} = "$Bench::peers/usr/bin:$ENV{PATH}";
        my $libraries = join ':', glob "$Bench::peers/usr/lib/*-linux-gnu $Bench::peers/lib/*-linux-gnu";
        for (1 .. rounds(5, 2)) {
                push @{ $rate{'/bin/true'} }, rate($seconds, '/bin/true');
                push @{ $rate{'keelctl is-active'} },
                        rate($seconds, "$Bench::bin/keelctl", '--instance', $name, 'is-active', 'bench-0.service');
                push @{ $rate{'s6-svstat'} }, rate($seconds, 'env', "LD_LIBRARY_PATH=$libraries", 's6-svstat', "$p{s6}{dir}/scan/0") if $p{s6};
                push @{ $rate{'sv status'} }, rate($seconds, 'sv', 'status', "$p{runit}{dir}/scan/0") if $p{runit};
                my $bus = capture(tools() . '/bench-bus', 'rate', $socket, 'bench-0.service', $seconds);
                push @{ $rate{bus} }, $1 if $bus =~ /^(\d+)$/m;
        }
        row('control', "$_ in a second", values => $rate{$_}, unit => '1/s', floor => $rate{'/bin/true'}, over => 'true')
                for grep { $rate{$_} } '/bin/true', 'keelctl is-active', 's6-svstat', 'sv status';
        row('control', 'properties read on one bus connection in a second', values => $rate{bus}, unit => '1/s');
        peer_drop($_) for values %p;
}

{ about => 'Control: one question after the other.', run => \&run_all };
