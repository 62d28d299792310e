# SPDX-License-Identifier: MIT
# logs: lines of 100 bytes, with timestamps, from one writer and from 50, into files.
package Measure::logs;
use strict;
use warnings;
use Bench;

my @kinds = ([1, 65536], [50, 65536], [1, 100], [50, 100]);

sub name_of { my ($k) = @_; return "$k->[0] writer" . ($k->[0] > 1 ? 's' : '') . ', writes of ' . ($k->[1] == 100 ? '100 bytes' : '64 KiB') }

# The peers that read their stdin: their words.
sub commands {
        my $dir = work() . '/log';
        system "rm -rf '$dir'; mkdir -p '$dir/s6' '$dir/svlogd'; echo s100000000 >'$dir/svlogd/config'";
        my %c = (cat => ['sh', '-c', "exec cat >'$dir/cat'"]);
        $c{'s6-log'} = ['s6-log', 'T', 's100000000', "$dir/s6"] unless peer_info('s6')->{missing};
        $c{svlogd} = ['svlogd', '-ttt', "$dir/svlogd"] unless peer_info('runit')->{missing};
        return %c;
}

sub run_all {
        local $ENV{PATH} = "$Bench::peers/usr/bin:$ENV{PATH}";
        local $ENV{LD_LIBRARY_PATH} = join ':', glob "$Bench::peers/usr/lib/*-linux-gnu $Bench::peers/lib/*-linux-gnu";
        local $ENV{TMPDIR} = work();
        my %f;
        my $mb = rounds(64, 16);
        for (1 .. rounds(5, 2)) {
                # keel-logger and a cat of its own, all four kinds at once.
                my $text = capture(tools() . '/bench-log', $mb, 1);
                my @lines = split /\n/, $text;
                for my $i (0 .. $#lines) {
                        my @n = $lines[$i] =~ /cat ([\d.]+) MB.*?([\d.]+) ms CPU.*keel-logger ([\d.]+) MB.*?([\d.]+) ms CPU/ or next;
                        push @{ $f{$i}{'cat beside it'}[0] }, $n[0];
                        push @{ $f{$i}{'keel-logger'}[0] }, $n[2];
                        push @{ $f{$i}{'keel-logger'}[1] }, $n[3];
                }
                for my $i (0 .. $#kinds) {
                        my %c = commands();
                        my $size = $kinds[$i][1] == 100 ? $mb / 4 : $mb;
                        for my $name (keys %c) {
                                my ($out) = capture(tools() . '/log-reader', $kinds[$i][0], $size, $kinds[$i][1], @{ $c{$name} });
                                my @n = ($out // '') =~ /^(\S+) (\S+)$/m or next;
                                push @{ $f{$i}{$name}[$_] }, $n[$_] for 0, 1;
                        }
                }
        }
        for my $i (0 .. $#kinds) {
                my $what = name_of($kinds[$i]);
                row('logs', "$what: cat >file", values => $f{$i}{cat}[0], unit => 'MB/s', floor => $f{$i}{cat}[0]);
                row('logs', "$what: keel-logger", values => $f{$i}{'keel-logger'}[0], unit => 'MB/s', floor => $f{$i}{'cat beside it'}[0],
                        $i == 0 ? (least => 0.4) : ());
                row('logs', "$what: $_", values => $f{$i}{$_}[0], unit => 'MB/s', floor => $f{$i}{cat}[0]) for 's6-log', 'svlogd';
                row('logs', "$what, CPU: $_", values => $f{$i}{$_}[1], unit => 'ms/MB', floor => $f{$i}{cat}[1])
                        for 'cat', 'keel-logger', 's6-log', 'svlogd';
        }
}

{
        about => 'Logs: lines of 100 bytes into files, each with a timestamp (cat: without). 50 writers of s6-log, svlogd and cat share one '
                . 'pipe; keel-logger has a pipe for each.',
        run => \&run_all,
};
