# SPDX-License-Identifier: MIT
# load: unit files: as a part of starting up, reloaded, and by the parser alone; and what a policy costs.
package Measure::load;
use strict;
use warnings;
use Bench;
use Time::HiRes ();

# N services that a target wants and that a condition keeps from starting: loading is all that is to be done.
sub write_units {
        my ($dir, $n) = @_;
        mkdir $dir;
        open my $t, '>', "$dir/default.target" or die "bench: $dir: $!\n";
        print $t "[Unit]\nDescription=The benchmark\n";
        for my $i (0 .. $n - 1) {
                print $t "Wants=bench-$i.service\n";
                open my $f, '>', "$dir/bench-$i.service" or die "bench: $dir: $!\n";
                print $f "[Unit]\nDescription=Service $i\nConditionPathExists=/nonexistent\n[Service]\nExecStart=/bin/sleep 1000\n",
                        "Restart=always\nRestartSec=100ms\nUser=daemon\nProtectSystem=strict\nPrivateTmp=yes\nNoNewPrivileges=yes\n",
                        "MemoryMax=1G\nTasksMax=100\nEnvironment=A=1 B=2\n[Install]\nWantedBy=multi-user.target\n";
        }
}

# "1min 2.345s", "398ms" in seconds.
sub span {
        my ($text) = @_;
        my %unit = (us => 1e-6, ms => 1e-3, s => 1, min => 60);
        my $sum = 0;
        $sum += $1 * $unit{$2} while $text =~ /([\d.]+)(us|ms|min|s)/g;
        return $sum;
}

# systemd's load of the same files: its own test of them, which says how long loading and the transaction took. Not as root.
sub time_systemd {
        my ($dir) = @_;
        my $systemd = (grep { -x } '/lib/systemd/systemd', '/usr/lib/systemd/systemd')[0] or return;
        my $pid = fork // die;
        if (!$pid) {
                $ENV{SYSTEMD_UNIT_PATH} = $dir;
                open STDIN, '<', '/dev/null';
                open STDOUT, '>', work() . '/systemd.out';
                open STDERR, '>&', \*STDOUT;
                exec 'setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups', $systemd, '--test', '--system', '--unit=default.target';
        }
        waitpid $pid, 0;
        my $text = slurp(work() . '/systemd.out') // '';
        my $took;
        $took = span($1) if $text =~ /determined initial transaction in (.*)\.$/m;
        my $listed = () = $text =~ /^\s*-> Unit bench-\d+\.service:$/mg;
        return ($took, $listed);
}

sub ctl { return capture("$Bench::bin/keelctl", '--instance', @_) }

sub time_keel {
        my ($dir, $n) = @_;
        my $name = 'bench-load-' . $$ . '-' . $n;
        my $at = now();
        my $pid = fork // die;
        if (!$pid) {
                open STDIN, '<', '/dev/null';
                open STDOUT, '>', work() . '/keel.out';
                open STDERR, '>&', \*STDOUT;
                exec "$Bench::bin/keel", 'run', '--name', $name, '--units', $dir;
        }
        my $socket = "/run/keel/instances/$name/control";
        until (-S $socket || now() - $at > 60) {
                Time::HiRes::sleep(0.001);
        }
        # The first answer comes when the target's transaction is made.
        my ($text) = capture(tools() . '/bench-bus', 'once', $socket, 'default.target');
        my %r = (start => now() - $at);
        my @own = tree($pid);
        my %m = memory_of(@own);
        $r{pss} = $m{pss};
        $at = now();
        ctl($name, 'daemon-reload');
        $r{reload} = now() - $at;
        %m = memory_of(@own);
        $r{pss_after} = $m{pss};
        my $count = () = ctl($name, 'list-units', '--all', '--no-legend', '--plain') =~ /^\s*bench-\d+\.service/mg;
        $r{count} = $count;
        kill 'TERM', $pid;
        my $until = now() + 30;
        while (waitpid($pid, POSIX::WNOHANG()) == 0) {
                kill 'KILL', $pid if now() > $until;
                Time::HiRes::sleep(0.005);
        }
        return %r;
}

sub measure_files {
        my ($n) = @_;
        my $dir = work() . "/units-$n";
        my (%k, @parser, @heap, @systemd);
        write_units($dir, $n);
        for (1 .. rounds($n > 5000 ? 3 : 5, 2)) {
                my ($text) = capture(tools() . '/bench-load', $dir, $n);
                if ($text =~ /^(\d+) (\d+)$/m) {
                        push @parser, $1 / 1000;
                        push @heap, $2 / $n;
                }
                my %r = time_keel($dir, $n);
                if ($r{count} == $n) {
                        push @{ $k{$_} }, $r{$_} * 1000 for qw(start reload);
                        push @{ $k{$_} }, $r{$_} for qw(pss pss_after);
                } else {
                        say_progress("load: keel knows $r{count} of $n");
                }
                my ($took, $listed) = time_systemd($dir);
                push @systemd, $took * 1000 if $took && $listed && $listed == $n;
                say_progress("load: systemd --test listed $listed of $n units") if defined $listed && $listed != $n;
        }
        my @faster = (over => 'systemd', $n == 10000 ? (target => 0.2) : ());
        row('load', "$n files: systemd --test, load and transaction", values => \@systemd, unit => 'ms');
        row('load', "$n files: keel, from exec to the first answer", values => $k{start}, unit => 'ms', floor => \@systemd, @faster);
        row('load', "$n files: keel, parser alone", values => \@parser, unit => 'ms');
        row('load', "$n files: parser, each", values => [ map { $_ * 1000 / $n } @parser ], unit => 'µs');
        row('load', "$n files: from exec to the first answer, each", values => [ map { $_ * 1000 / $n } @{ $k{start} // [] } ], unit => 'µs');
        row('load', "$n files: keel, daemon-reload", values => $k{reload}, unit => 'ms');
        row('load', "$n files: daemon-reload, each", values => [ map { $_ * 1000 / $n } @{ $k{reload} // [] } ], unit => 'µs');
        row('load', "$n files: heap of a loaded unit", values => \@heap, unit => 'bytes');
        row('load', "$n files: PSS of keel", values => $k{pss}, unit => 'kB');
        row('load', "$n files: PSS of keel after daemon-reload", values => $k{pss_after}, unit => 'kB');
        system 'rm', '-rf', $dir;
}

sub measure_policy {
        my %p;
        for (1 .. rounds(15, 5)) {
                my $text = capture(tools() . '/bench-policy', 1);
                push @{ $p{$1} }, $2 while $text =~ /^(\w+) ([\d.]+)$/mg;
        }
        row('load', 'system calls that @system-service lets through', values => $p{calls}, unit => '');
        row('load', 'its policy, compiled', values => $p{compile}, unit => 'µs');
        row('load', 'its policy, from the cache', values => $p{again}, unit => 'µs');
        row('load', 'its policy, loaded into a process', values => $p{load}, unit => 'µs');
        row('load', 'a system call without a policy', values => $p{without}, unit => 'ns', floor => $p{without}, over => 'without');
        row('load', 'a system call with it', values => $p{with}, unit => 'ns', floor => $p{without}, over => 'without');
}

{
        about => 'Load: unit files (11 directives each), and a system call policy (@system-service).',
        run => sub { measure_files($_) for sizes(quick() ? (1000) : (1000, 10000)); measure_policy() },
};
