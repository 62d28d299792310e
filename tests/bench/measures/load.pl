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

# systemd's load of the same files: its own test of them. The s from its exec until it says that files are loaded and the
# transaction is made (it prints 6 kB for each unit afterwards), and how many units of ours are in that. Not as root.
sub time_systemd {
        my ($dir) = @_;
        my $systemd = (grep { -x } '/lib/systemd/systemd', '/usr/lib/systemd/systemd')[0] or return;
        my ($took, $listed) = (undef, 0);
        my $is_made = mkdir '/run/systemd'; # it wants that folder, and may not make it
        my $at = now();
        pipe my $out, my $end or die "bench: pipe: $!\n";
        my $pid = fork // die;
        if (!$pid) {
                $ENV{SYSTEMD_UNIT_PATH} = $dir;
                open STDIN, '<', '/dev/null';
                open STDOUT, '>&', $end;
                open STDERR, '>&', $end;
                exec 'setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups', $systemd, '--test', '--system', '--unit=default.target';
        }
        close $end;
        while (<$out>) {
                $took = now() - $at if /determined initial transaction in/;
                $listed++ if /^\s*-> Unit bench-\d+\.service:$/;
        }
        waitpid $pid, 0;
        rmdir '/run/systemd' if $is_made;
        return ($took, $listed);
}

sub ctl { return capture("$Bench::bin/keelctl", '--instance', @_) }

# An instance with these units, whose console we read.
sub keel_start {
        my ($dir, $n) = @_;
        my %k = (name => "bench-load-$$-$n", begin => now());
        pipe $k{console}, my $end or die "bench: pipe: $!\n";
        fcntl $k{console}, Bench::F_SETPIPE_SZ, 1 << 20;
        $k{pid} = fork // die;
        if (!$k{pid}) {
                open STDIN, '<', '/dev/null';
                open STDOUT, '>&', $end;
                open STDERR, '>&', $end;
                exec "$Bench::bin/keel", 'run', '--name', $k{name}, '--units', $dir;
        }
        close $end;
        return \%k;
}

# The s from the exec until keel says this.
sub keel_says {
        my ($k, $words) = @_;
        while (defined(my $line = readline $k->{console})) {
                return now() - $k->{begin} if $line =~ $words;
        }
        return undef;
}

sub keel_end {
        my ($k) = @_;
        kill 'TERM', $k->{pid};
        1 while readline $k->{console};
        waitpid $k->{pid}, 0;
}

sub time_keel {
        my ($dir, $n) = @_;
        my %r;
        my $k = keel_start($dir, $n);
        # The first job is run when all files are loaded and the transaction is made; then each says that its condition was not met.
        $r{first} = keel_says($k, qr/^keel: bench-\d+\.service: /);
        $r{all} = keel_says($k, qr/default\.target is reached/);
        my @own = tree($k->{pid});
        my %m = memory_of(@own);
        $r{pss} = $m{pss};
        my $at = now();
        ctl($k->{name}, 'daemon-reload');
        $r{reload} = now() - $at;
        %m = memory_of(@own);
        $r{pss_after} = $m{pss};
        my $count = () = ctl($k->{name}, 'list-units', '--all', '--no-legend', '--plain') =~ /^\s*bench-\d+\.service/mg;
        $r{count} = $count;
        keel_end($k);
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
                        push @{ $k{$_} }, $r{$_} * 1000 for qw(first all reload);
                        push @{ $k{$_} }, $r{$_} for qw(pss pss_after);
                } else {
                        say_progress("load: keel knows $r{count} of $n");
                }
                my ($took, $listed) = time_systemd($dir);
                push @systemd, $took * 1000 if $took && $listed && $listed == $n;
                say_progress("load: systemd --test listed $listed of $n units") if defined $listed && $listed != $n;
        }
        my @beside = (unit => 'ms', floor => \@systemd, over => 'systemd');
        row('load', "$n files: systemd --test, until the first job", values => \@systemd, unit => 'ms');
        row('load', "$n files: keel, until the first job", values => $k{first}, @beside, ($n == 10000 ? (target => 0.2) : ()));
        row('load', "$n files: keel, until all is carried out", values => $k{all}, @beside);
        row('load', "$n files: keel, parser alone", values => \@parser, unit => 'ms');
        row('load', "$n files: parser, each", values => [ map { $_ * 1000 / $n } @parser ], unit => 'µs');
        row('load', "$n files: until the first job, each", values => [ map { $_ * 1000 / $n } @{ $k{first} // [] } ], unit => 'µs');
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
        about => 'Load: unit files (11 directives each) that one target wants, and a system call policy (@system-service). "Until the first '
                . 'job": from exec until all files are loaded and the transaction is made, in systemd --test too; keel starts PID 1, '
                . 'namespaces and logger meanwhile. "Carried out": N conditions are tested and told besides, which systemd --test does not do.',
        run => sub { measure_files($_) for sizes(quick() ? (1000) : (1000, 10000)); measure_policy() },
};
