/**
 * A program in Perl, which every Debian has: opens the TUN device of this name, and writes each packet back
 * after the milliseconds that belong to its destination: `DEVICE ADDRESS=MILLISECONDS…`. The queue is bounded;
 * what does not fit is lost, as on a real line.
 */
export const delayLine = String.raw`
use strict; use Time::HiRes qw(time);
my ($name, @delays) = @ARGV;
my %delay = map { my ($address, $ms) = split /=/; (pack('C4', split /\./, $address) => $ms / 1000) } @delays;
open(my $tun, '+<', '/dev/net/tun') or die "tun: $!";
# TUNSETIFF with IFF_TUN | IFF_NO_PI.
ioctl($tun, 0x400454ca, pack('Z16 s x22', $name, 0x1001)) or die "ioctl: $!";
my %queue; my $held = 0;
while (1) {
  my $now = time; my $next;
  for my $queue (values %queue) {
    while (@$queue && $queue->[0][0] <= $now) { syswrite($tun, shift(@$queue)->[1]); $held-- }
    $next = $queue->[0][0] if @$queue && (!defined $next || $queue->[0][0] < $next);
  }
  my $bits = ''; vec($bits, fileno($tun), 1) = 1;
  my $wait = defined $next ? $next - time : undef;
  $wait = 0 if defined $wait && $wait < 0;
  next unless select($bits, undef, undef, $wait) > 0;
  sysread($tun, my $packet, 65536) or next;
  my $seconds = $delay{substr($packet, 16, 4)} // 0;
  next if $held >= 20000;
  push @{$queue{$seconds}}, [time + $seconds, $packet]; $held++;
}
`
