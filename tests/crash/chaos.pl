# SPDX-License-Identifier: MIT
# chaos.pl BOOKS KEELCTL SECONDS SERVICES [PROGRAMS]: runs inside of keel's namespaces and ends things at random: services, the supervisor, the
# logger; reloads, and starts and stops through several clients at a time. Every service and this program write into the
# service's book what they do: "start PID", "term PID", "kill PID". At the end the books must balance: TAP on stdout. In a folder
# PROGRAMS the programs are replaced besides: NAME by NAME-0 and NAME-1 in turns.
use strict;
use warnings;
use POSIX ":sys_wait_h";
use Time::HiRes qw(time sleep);

my ($books, $ctl, $seconds, $services, $programs) = @ARGV;
my $seed = $ENV{CHAOS_SEED} || time;
srand($seed);
my (%clients, %done);

sub note { my ($n, $line) = @_; open my $f, ">>", "$books/c$n" or die; syswrite $f, "$line\n"; close $f }
sub book { my ($n) = @_; open my $f, "<", "$books/c$n" or return (); my @lines = <$f>; chomp @lines; close $f; return @lines }
sub state_of { my ($pid) = @_; open my $f, "<", "/proc/$pid/stat" or return ""; my $s = <$f>; close $f; return $s && $s =~ /\) (\S)/ ? $1 : "" }
sub is_alive { my $s = state_of($_[0]); return $s ne "" && $s ne "Z" && $s ne "X" }
sub last_start { my ($n) = @_; my @s = grep { /^start/ } book($n); return @s ? (split / /, $s[-1])[1] : 0 }
# Those of PID 1's children that have this name.
sub ours {
	my ($name) = @_;
	my @found;
	for my $p (map { m{(\d+)$} ? $1 : () } glob "/proc/[0-9]*") {
		open my $f, "<", "/proc/$p/comm" or next;
		my $comm = <$f>;
		close $f;
		push @found, $p if defined $comm && $comm =~ /^\Q$name\E/;
	}
	return @found;
}
# A client in the background; what it said is of no matter, but it must come back.
sub client {
	my @arguments = @_;
	my $pid = fork // die;
	if (!$pid) { open STDOUT, ">", "/dev/null"; open STDERR, ">", "/dev/null"; exec $ctl, @arguments; exit 127 }
	$clients{$pid} = time;
	$done{$arguments[0]}++;
}
sub reap_clients { while ((my $p = waitpid -1, WNOHANG) > 0) { delete $clients{$p} } }

# Even numbers are only ever killed, odd ones are also restarted by jobs.
sub kill_service {
	my $n = int rand $services;
	my $pid = last_start($n) or return;
	return unless is_alive($pid);
	note($n, "kill $pid");
	kill 9, $pid and $done{kill}++;
}
sub restart_service { client("restart", sprintf "c%d.service", 1 + 2 * int rand $services / 2) }
# A child between clone3 and execve has the supervisor's name still, but its own cgroup.
sub is_in_service { my ($pid) = @_; open my $f, "<", "/proc/$pid/cgroup" or return 0; my @l = <$f>; close $f; return grep { /\.service/ } @l }
sub supervisors { return grep { !is_in_service($_) } ours("keel-supervisor") }
sub kill_supervisor { kill 9, $_ and $done{supervisor}++ for supervisors() }
sub stop_supervisor { my @p = supervisors(); kill "STOP", @p; sleep rand 0.15; kill rand() < 0.5 ? "CONT" : "KILL", @p; $done{stopped}++ }
sub kill_logger { kill 9, $_ and $done{logger}++ for ours("keel-logger") }

my @actions = ([60, \&kill_service], [12, \&restart_service], [5, \&kill_supervisor], [2, \&stop_supervisor], [3, \&kill_logger],
	[2, sub { client("daemon-reload") }], [6, sub { client("list-units") }], [6, sub { client("is-active", "c0.service") }]);
# By rename, and then by what an upgrade does; or by chance, when the supervisor is killed.
my %turn;
sub put {
	my ($name) = @_;
	unlink "$programs/new";
	link "$programs/$name-" . (++$turn{$name} % 2), "$programs/new" and rename "$programs/new", "$programs/$name" or die "$name: $!";
}
sub upgrade_supervisor { put("keel-supervisor"); client("daemon-reexec") if rand() < 0.7 }
sub upgrade_init { put("keel"); client("reexec", "--pid1") }
push @actions, [6, \&upgrade_supervisor], [4, \&upgrade_init] if $programs;
my $total = 0;
$total += $_->[0] for @actions;

my $until = time + $seconds;
while (time < $until) {
	my $dice = rand $total;
	for (@actions) { if (($dice -= $_->[0]) < 0) { $_->[1]->(); last } }
	reap_clients();
	sleep rand 0.02;
	sleep 0.05 while keys %clients > 6 && do { reap_clients(); keys %clients > 6 } && time < $until + 60;
}
# Everybody comes to rest.
my $deadline = time + 90;
while (time < $deadline && keys %clients) { reap_clients(); sleep 0.05 }
my $clients_left = keys %clients;
for my $n (0 .. $services - 1) { sleep 0.05 until is_alive(last_start($n)) || time > $deadline }
my %shown;
for (1 .. 100) {
	%shown = ();
	my $name = "";
	for (split /\n/, `$ctl show -p Id,MainPID,NRestarts,ActiveState @{[map { "c$_.service" } 0 .. $services - 1]}`) {
		my ($key, $value) = split /=/, $_, 2;
		next unless defined $value;
		$name = $value if $key eq "Id";
		push @{ $shown{"$key"} }, $value;
	}
	last if $shown{ActiveState} && @{ $shown{ActiveState} } == $services && !grep { $_ ne "active" } @{ $shown{ActiveState} };
	sleep 0.1;
}

my (@bad, $kills, $starts);
for my $n (0 .. $services - 1) {
	my ($alive, $explained, $count) = (0, 1, 0);
	my $killed = 0;
	for (book($n)) {
		my ($what, $pid) = split / /;
		if ($what eq "start") {
			push @bad, "c$n: started again as $pid though $alive had no reason to end" unless $explained;
			($alive, $explained) = ($pid, 0);
			$count++;
		} elsif ($pid == $alive) {
			$killed++ if $what eq "kill" && !$explained;
			$explained = 1;
		}
	}
	$kills += $killed;
	$starts += $count;
	my @all = ours("c$n-");
	push @bad, "c$n: has " . scalar(@all) . " processes (@all)" unless @all == 1;
	push @bad, "c$n: $alive is its last process, and not alive" unless is_alive($alive);
	push @bad, "c$n: its main process is $alive, keel takes $shown{MainPID}[$n] for it" if ($shown{MainPID}[$n] // 0) != $alive;
	push @bad, "c$n: $shown{NRestarts}[$n] restarts were counted, $killed kills, $count starts" if $n % 2 == 0 && ($shown{NRestarts}[$n] // -1) != $killed;
}
print "# seed $seed: ", join(", ", map { "$done{$_} $_" } sort keys %done), "; $starts starts\n";
print "# $_\n" for @bad;
print @bad ? "not " : "", "ok 1 - the books of $services services balance\n";
print $clients_left ? "not " : "", "ok 2 - every client came back\n";
print +($done{supervisor} // 0) > 0 && ($kills // 0) > 0 ? "" : "not ", "ok 3 - something has happened\n";
