# SPDX-License-Identifier: MIT
# Report: the rows as a table on the terminal, and as RESULTS.md.
package Report;
use strict;
use warnings;
use POSIX ();

our %measures;

# Three digits that count.
sub number {
        my ($v) = @_;
        return '' unless defined $v;
        return sprintf '%.0f', $v if abs $v >= 1000 || $v == 0;
        return sprintf '%.3g', $v;
}

sub cells {
        my ($r) = @_;
        my $verdict = defined $r->{is_met} ? ($r->{is_met} ? 'yes' : 'NO') : '';
        return ($r->{what}, number($r->{median}), number($r->{min}), number($r->{max}), $r->{unit},
                defined $r->{ratio} ? sprintf '%.2f', $r->{ratio} : '', defined $r->{ratio} ? $r->{over} : '', $r->{target} // '', $verdict);
}
our @head = ('what', 'median', 'min', 'max', 'unit', 'ratio', 'over', 'target', 'met');

sub table {
        my ($measure, @rows) = @_;
        my @lines = ([@head], map { [ cells($_) ] } @rows);
        my @width;
        for my $line (@lines) {
                for my $i (0 .. $#$line) {
                        my $text = $line->[$i];
                        utf8::decode($text);
                        $width[$i] = length $text if !$width[$i] || length $text > $width[$i];
                }
        }
        my $out = "\n$measure->{about}\n";
        for my $line (@lines) {
                my $text = '';
                for my $i (0 .. $#$line) {
                        my $cell = $line->[$i];
                        utf8::decode($cell);
                        my $pad = ' ' x ($width[$i] - length $cell);
                        $text .= ($i == 0 || $i == 4 || $i == 6 ? "$cell$pad" : "$pad$cell") . '  ';
                }
                $text =~ s/\s+$//;
                utf8::encode($text);
                $out .= "  $text\n";
        }
        return $out;
}

# reasons.txt: "MEASURE | WHAT | why it is missed and what was tried"
sub reasons {
        my %why;
        for (split /\n/, Bench::slurp("$Bench::here/reasons.txt") // '') {
                next if /^\s*(#|$)/;
                my ($measure, $what, $text) = split /\s*\|\s*/, $_, 3;
                $why{"$measure|$what"} = $text;
        }
        return \%why;
}

sub machine {
        my ($cpu) = ((Bench::slurp('/proc/cpuinfo') // '') =~ /^model name\s*:\s*(.*)$/m);
        my $cores = () = (Bench::slurp('/proc/cpuinfo') // '') =~ /^processor\s*:/mg;
        my ($ram) = ((Bench::slurp('/proc/meminfo') // '') =~ /^MemTotal:\s+(\d+)/m);
        return sprintf 'Linux %s, %s, %d cores, %.0f GB', (POSIX::uname())[2], $cpu // 'unknown CPU', $cores, $ram / 1e6;
}

sub record {
        my ($took, @names) = @_;
        my $why = reasons();
        my $path = "$Bench::here/RESULTS.md";
        open my $f, '>', $path or die "bench: $path: $!\n";
        print $f "# Results\n\nWritten by `make bench RECORD=1", $Bench::is_quick ? ' QUICK=1' : '', "`: ",
                POSIX::strftime('%Y-%m-%d %H:%M UTC', gmtime), ", ", machine(), sprintf(", %.0f s.\n", $took);
        print $f "Every ratio is over the floor or the peer of the same run; medians with minimum and maximum of interleaved rounds.\n",
                "Load average at the end: ", Bench::slurp('/proc/loadavg') =~ /^(\S+ \S+ \S+)/, ".\n";
        for my $name (@names) {
                my @rows = grep { $_->{measure} eq $name } @Bench::rows;
                next unless $measures{$name};
                print $f "\n## $name\n\n$measures{$name}{about}\n\n";
                print $f 'Not measured in this run.', "\n" unless @rows;
                next unless @rows;
                print $f '| ', join(' | ', @head), " |\n|", '---|' x @head, "\n";
                print $f '| ', join(' | ', cells($_)), " |\n" for @rows;
                for my $r (grep { defined $_->{is_met} && !$_->{is_met} } @rows) {
                        my $text = $why->{"$name|$r->{what}"} // 'not known yet';
                        print $f "\nMissed: **$r->{what}**: $text\n";
                }
        }
        close $f or die "bench: $path: $!\n";
}

1;
