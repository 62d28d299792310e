# SPDX-License-Identifier: MIT
# boot: in an emulated machine (qemu without KVM): from the kernel's hand-over until 20 services run, and restarts there.
package Measure::boot;
use strict;
use warnings;
use Bench;

my $folder = "$Bench::bin/bench/boot";

sub boot {
        my ($init) = @_;
        unlink "$folder/told";
        system 'timeout', '-k', '5', '120', 'qemu-system-x86_64', '-accel', 'tcg', '-smp', '2', '-m', '1024', '-nodefaults', '-display', 'none',
                '-no-reboot', '-kernel', "$Bench::bin/vm/vmlinuz", '-initrd', "$folder/image", '-append',
                "console=ttyS0 rdinit=/bench/boot-init quiet mitigations=off cryptomgr.notests panic=-1 bench=$init", '-serial', "file:$folder/console-$init",
                '-serial', "file:$folder/told";
        my $told = slurp("$folder/told") // '';
        say_progress("boot: $init said nothing") unless $told =~ /^boot/m;
        return $told;
}

sub run_all {
        die "no qemu-system-x86_64\n" if system('command -v qemu-system-x86_64 >/dev/null');
        system("$Bench::here/../vm/kernel", "$Bench::bin/vm") == 0 or die "no kernel to boot\n";
        my @inits = split ' ', capture("$Bench::here/boot-image", $folder, $Bench::peers);
        die "no image\n" unless @inits;
        my (%boot, %restart);
        for (1 .. rounds(2, 1)) {
                for my $init (@inits) {
                        my $told = boot($init);
                        push @{ $boot{$init} }, $1 / 1e6 if $told =~ /^boot (\d+)/m;
                        push @{ $restart{$init} }, $1 / 1e6 while $told =~ /^restart (\d+)/mg;
                }
        }
        for my $init (@inits) {
                row('boot', "20 services: $init", values => $boot{$init}, unit => 'ms', floor => $boot{floor}, $init eq 'keel' ? (target => 2) : ());
        }
        for my $init (@inits) {
                row('boot', "restart p50: $init", values => $restart{$init}, unit => 'ms', floor => $restart{floor});
        }
}

my $measure = {
        about => 'Boot, in an emulated machine (qemu, no KVM): from the kernel\'s hand-over until 20 services run their main(), '
                . 'and restarts there. keel and systemd have the same units; each service of theirs has a cgroup. The kernel\'s tests '
                . 'of its own ciphers, which would run beside, are off.',
        run => \&run_all,
};
$measure;
