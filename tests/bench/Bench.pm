# SPDX-License-Identifier: MIT
# Bench: what the measures share: numbers, peers as running things, looking into /proc, and the rows of the table.
package Bench;
use strict;
use warnings;
use Exporter 'import';
use Fcntl qw(O_RDONLY O_NONBLOCK);
use List::Util qw(min max sum0);
use POSIX qw(mkfifo WNOHANG);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

our @EXPORT = qw(median percentile now say_progress run_tool capture interleave shuffle_by quick rounds
        row sizes peers peer_info peer_start peer_wait peer_stop peer_drop peer_kill_all read_reports tree own_processes memory_of run_time_of
        kill_inside inside_of slurp tools work);

our ($bin, $tools, $peers, $work, $group, $here);
our $is_quick = 0;
our @rows;

use constant { F_SETPIPE_SZ => 1031, BEGIN_INDEX => 0xffffffff, SYS_pidfd_send_signal => 424 };

# --- numbers ---------------------------------------------------------------------------------------------------------
sub median { percentile(50, @_) }

sub percentile {
        my ($p, @v) = @_;
        @v = sort { $a <=> $b } @v;
        return undef unless @v;
        return $v[0] if @v == 1;
        my $at = $p / 100 * $#v;
        my $low = int $at;
        return $v[$low] if $low == $#v;
        return $v[$low] + ($at - $low) * ($v[$low + 1] - $v[$low]);
}

sub now { clock_gettime(CLOCK_MONOTONIC) }
sub quick { $is_quick }
# rounds(USUAL, QUICK)
sub rounds { $is_quick ? $_[1] : $_[0] }
sub tools { $tools }
sub work { $work }
sub say_progress { print STDERR "bench: @_\n" }

sub slurp {
        my ($path) = @_;
        open my $f, '<', $path or return undef;
        local $/;
        return scalar <$f>;
}

# --- other programs --------------------------------------------------------------------------------------------------
sub capture {
        my @command = @_;
        open my $f, '-|', @command or die "bench: $command[0]: $!\n";
        local $/;
        my $text = <$f>;
        close $f;
        return wantarray ? ($text, $?) : $text;
}

sub environment {
        my ($peer) = @_;
        return (DIR => $peer->{dir}, N => $peer->{n}, VARIANT => $peer->{variant}, MODE => $peer->{mode} // '',
                REPORT => $peer->{report}, PID => $peer->{pid} // '', GROUP => $group);
}

sub peer_call {
        my ($peer, $function) = @_;
        local %ENV = (%ENV, environment($peer), BIN => $bin, TOOLS => $tools, PEERS => $peers);
        return capture('sh', "$here/peer", $peer->{name}, $function);
}

# What a peer can do: {missing, variants, most, entrypoint}.
my %info;
sub peer_info {
        my ($name) = @_;
        return $info{$name} if $info{$name};
        my $text = peer_call({ name => $name, dir => '', n => 0, variant => 'plain', report => '' }, 'info');
        my %i = map { /^(\S+?):\s*(.*)$/ ? ($1 => $2) : () } split /\n/, $text;
        $i{can} = { map { $_ => 1 } split ' ', $i{variants} // '' };
        say_progress("skipping $name: $i{missing} is not there") if $i{missing};
        return $info{$name} = \%i;
}

# The peers of these names that are there.
sub peers {
        my %only = map { $_ => 1 } split /[ ,]+/, $ENV{PEERS} // '';
        return grep { (!%only || $_ eq 'floor' || $only{$_}) && !peer_info($_)->{missing} } @_;
}

# The numbers of services to measure with.
sub sizes { $ENV{SIZES} ? split /[ ,]+/, $ENV{SIZES} : @_ }

# --- a running peer --------------------------------------------------------------------------------------------------
my $serial = 0;
my %running;

# The CPU time of all that we have started, in ms: what does not depend on who else is on the machine. undef without a cgroup.
sub cpu_of_others {
        my ($usage) = ((slurp("$group/cpu.stat") // '') =~ /^usage_usec (\d+)/m) or return undef;
        my (undef, $user, $system) = POSIX::times();
        return $usage / 1000 - ($user + $system) * 1000 / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# peer_start(NAME, N, variant => WORD, mode => 'exit'): sets up and starts; the time of the exec is in {begin} after
# peer_wait() has seen it.
sub peer_start {
        my ($name, $n, %o) = @_;
        my $p = { name => $name, n => $n, variant => $o{variant} // 'plain', mode => $o{mode} // '',
                dir => "$work/$name-" . ++$serial, seen => {}, latest => {} };
        mkdir $p->{dir} or die "bench: $p->{dir}: $!\n";
        $p->{report} = "$p->{dir}/report";
        mkfifo($p->{report}, 0666) or die "bench: $p->{report}: $!\n";
        chmod 0666, $p->{report};
        sysopen $p->{fifo}, $p->{report}, O_RDONLY | O_NONBLOCK or die "bench: $p->{report}: $!\n";
        fcntl $p->{fifo}, F_SETPIPE_SZ, 1 << 20;
        peer_call($p, 'setup');
        $p->{cpu_begin} = cpu_of_others();
        $p->{pid} = fork // die "bench: fork: $!\n";
        if (!$p->{pid}) {
                %ENV = (%ENV, environment($p), PID => $$, BIN => $bin, TOOLS => $tools, PEERS => $peers);
                open STDIN, '<', '/dev/null';
                open STDOUT, '>', "$p->{dir}/console";
                open STDERR, '>&', \*STDOUT;
                exec 'sh', "$here/peer", $name, 'start';
        }
        $running{ $p->{pid} } = $p;
        return $p;
}

# The records that have come: [ns, index, pid]…; the latest of each service is kept in the peer.
sub read_reports {
        my ($p) = @_;
        my @new;
        while (sysread $p->{fifo}, my $data, 65536) {
                while (length $data >= 16) {
                        my ($ns, $index, $pid) = unpack 'QLL', substr $data, 0, 16, '';
                        if ($index == BEGIN_INDEX) {
                                $p->{begin} = $ns;
                                next;
                        }
                        push @new, [ $ns, $index, $pid ];
                        $p->{seen}{$index} = 1;
                        $p->{latest}{$index} = [ $ns, $pid ];
                }
        }
        return @new;
}

# Until all N have reported; returns the ns from the supervisor's exec until the last of them, or undef after the time.
sub peer_wait {
        my ($p, $seconds) = @_;
        my $until = now() + ($seconds // 20 + $p->{n} / 50);
        my $last = 0;
        while (1) {
                $last = max $last, map { $_->[0] } read_reports($p);
                if (keys %{ $p->{seen} } >= $p->{n} && $p->{n}) {
                        $p->{cpu_ms} = cpu_of_others() - $p->{cpu_begin} if defined $p->{cpu_begin};
                        return $last - ($p->{begin} // 0);
                }
                if (now() > $until || kill(0, $p->{pid}) == 0) {
                        say_progress("$p->{name}: " . keys(%{ $p->{seen} }) . " of $p->{n} services came up; its last words:\n"
                                . join '', map { "    $_\n" } (split /\n/, slurp("$p->{dir}/console") // '')[-5 .. -1]);
                        return undef;
                }
                sleep 0.005;
        }
}

# Ends it in order; returns the ns from the signal until the supervisor and every service had ended; {cpu_ms} is what that took
# all of them together, and whoever sends the signal.
sub peer_stop {
        my ($p, $seconds) = @_;
        my $until = now() + ($seconds // 20);
        my ($ended, $closed) = (0, 0);
        my $cpu = cpu_of_others();
        delete $p->{begin};
        peer_call($p, 'stop');
        while (!$ended || !$closed) {
                if (!$ended && waitpid($p->{pid}, WNOHANG) != 0) {
                        $ended = now();
                }
                read_reports($p);
                # After the last record: no data and no error means that nobody has the pipe open any more.
                my $n = sysread $p->{fifo}, my $data, 16;
                $closed = now() if !$closed && defined $n && $n == 0;
                last if now() > $until;
                sleep 0.0002;
        }
        my $is_done = $ended && $closed;
        $p->{cpu_ms} = defined $cpu ? cpu_of_others() - $cpu : undef;
        my $took = $is_done && $p->{begin} ? max($ended, $closed) * 1e9 - $p->{begin} : undef;
        say_progress("$p->{name} did not end") unless $is_done;
        peer_forget($p);
        return $took;
}

sub peer_forget {
        my ($p) = @_;
        for my $pid (tree($p->{pid})) {
                kill 'KILL', $pid;
        }
        waitpid $p->{pid}, 0;
        delete $running{ $p->{pid} };
        close $p->{fifo};
        system "rm -rf '$p->{dir}' 2>/dev/null";
}

# Ends it at once: for those of whom nothing more is wanted.
sub peer_drop {
        my ($p) = @_;
        peer_forget($p);
        system "find '$group' -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null" if $group;
        # What PrivateTmp= of services that were cut off leaves.
        system "find /tmp /var/tmp -maxdepth 1 -name 'keel-private*-bench-*.service' -exec rm -rf {} +" if $p->{name} eq 'keel';
}

sub peer_kill_all { peer_forget($_) for values %running }

# kill -9 of a process whose number is that of its own pid namespace, which is that of the process INSIDE.
sub kill_inside {
        my ($inside, $pid, $signal) = @_;
        open my $dir, '<', "/proc/$inside/root/proc/$pid" or return 0;
        return syscall(SYS_pidfd_send_signal, fileno $dir, $signal, 0, 0) == 0;
}

# A process that sees the pids that this peer's services report.
sub inside_of {
        my ($p) = @_;
        my ($own) = ((slurp('/proc/self/status') // '') =~ /^NSpid:\t(.*)$/m);
        for my $pid (tree($p->{pid})) {
                my ($numbers) = ((slurp("/proc/$pid/status") // '') =~ /^NSpid:\t(.*)$/m) or next;
                return $pid if split(' ', $numbers) > split(' ', $own);
        }
        return $$;
}

# --- /proc -----------------------------------------------------------------------------------------------------------
# Every process below PID and itself, parents first.
sub tree {
        my ($root) = @_;
        my (%children, @found);
        opendir my $d, '/proc' or return ();
        for my $pid (grep { /^\d+$/ } readdir $d) {
                my $stat = slurp("/proc/$pid/stat") // next;
                push @{ $children{$1} }, $pid if $stat =~ /^\d+ \(.*\) \S (\d+) /s;
        }
        my @next = -d "/proc/$root" ? ($root) : ();
        while (defined(my $pid = shift @next)) {
                push @found, $pid;
                push @next, @{ $children{$pid} // [] };
        }
        return @found;
}

# The supervisor's own processes: those below that are not the services.
sub own_processes {
        my ($p) = @_;
        return grep { my $exe = readlink "/proc/$_/exe"; defined $exe && $exe ne "$tools/service" } tree($p->{pid});
}

# The µs that these processes have been on a processor, exactly: what does not depend on who else is on the machine.
sub run_time_of {
        my $sum = 0;
        for my $pid (@_) {
                $sum += $1 / 1000 if (slurp("/proc/$pid/schedstat") // '') =~ /^(\d+) /;
        }
        return $sum;
}

# {pss, rss, private (kB), processes, fds} of these processes.
sub memory_of {
        my %m = (pss => 0, rss => 0, private => 0, processes => 0, fds => 0);
        for my $pid (@_) {
                my $rollup = slurp("/proc/$pid/smaps_rollup") // next;
                my %kb = $rollup =~ /^(\w+):\s+(\d+) kB$/mg;
                $m{pss} += $kb{Pss};
                $m{rss} += $kb{Rss};
                $m{private} += $kb{Private_Clean} + $kb{Private_Dirty};
                $m{processes}++;
                $m{fds} += () = glob "/proc/$pid/fd/*";
        }
        return %m;
}

# --- rows ------------------------------------------------------------------------------------------------------------
# row(MEASURE, WHAT, values => [numbers], unit => WORD, n => units it was for, floor => [numbers of the same rounds],
#     over => 'floor' (what the ratio is over), target => most, least => least (of the ratio; of the median without floor))
sub row {
        my ($measure, $what, %o) = @_;
        my @v = grep { defined } @{ $o{values} };
        return unless @v;
        my %r = (measure => $measure, what => $what, unit => $o{unit}, n => $o{n}, median => median(@v), min => min(@v),
                max => max(@v), count => scalar @v, note => $o{note}, over => $o{over} // 'floor');
        my @floor = grep { defined } @{ $o{floor} // [] };
        $r{ratio} = $r{median} / median(@floor) if @floor && median(@floor) > 0;
        # A floor that could not be measured leaves nothing to judge by.
        my $judged = exists $o{floor} && !@floor ? undef : $r{ratio} // $r{median};
        if (defined $o{target}) {
                $r{target} = '≤ ' . $o{target};
                $r{is_met} = $judged <= $o{target} ? 1 : 0 if defined $judged;
        } elsif (defined $o{least}) {
                $r{target} = '≥ ' . $o{least};
                $r{is_met} = $judged >= $o{least} ? 1 : 0 if defined $judged;
        }
        push @rows, \%r;
        return \%r;
}

1;
