# SPDX-License-Identifier: MIT
# Unit files of packages that keel was not written for load without a crash, and every line of them is accounted for: it is
# applied, emulated, unavailable or unsupported, or a mistake with its place. What lines there are is counted here, by awk.
. "${0%/*}/../system/lib.sh"
packages="acpid anacron apache2 avahi-daemon bind9 chrony cron cups-daemon dnsmasq dovecot-core exim4-base fail2ban freeradius \
haproxy haveged irqbalance knot lldpd lighttpd mariadb-server minidlna mpd nfs-common nginx-common ntpsec openssh-server \
openvpn php8.2-fpm postfix postgresql-common privoxy proftpd-core redis-server rpcbind rsync rsyslog samba smartmontools snmpd \
squid tor unbound uuid-runtime varnish vsftpd"
corpus=$KEEL_BIN/corpus
mkdir -p "$corpus" "$T/root"

have() { set -- "$corpus/$1"_*.deb && [ -e "$1" ]; }
missing=
for p in $packages; do have "$p" || missing="$missing $p"; done
command -v apt-get dpkg-deb >/dev/null || skip_all "no apt-get: this is about Debian's packages"
if [ -n "$missing" ]; then
        (cd "$corpus" && timeout 60 apt-get download $missing) >"$T/apt" 2>&1 ||
                for p in $missing; do (cd "$corpus" && timeout 20 apt-get download "$p") >>"$T/apt" 2>&1 || break; done
fi
for deb in "$corpus"/*.deb; do
        [ -e "$deb" ] || skip_all "no packages to be had: $(tail -n 1 "$T/apt")"
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$T/root" --wildcards './lib/systemd/system/*' './usr/lib/systemd/system/*' 2>/dev/null
done
files=$(find "$T/root" -type f | grep -E '\.(service|socket|timer|path|mount|target|slice)$' | sort)
plan 6

count=$(echo "$files" | wc -l)
ok "there are files to try it with ($count)" test "$count" -ge 40
"$KEEL_BIN/keelctl" verify --no-legend $files >"$T/said" 2>"$T/mistakes"
status=$?
ok "no file is a crash (status $status)" test "$status" -le 1

# Each assignment by the line where it begins; a line that ends in a backslash goes on, comments in between do not count.
awk 'FNR == 1 { more = foreign = 0 }
        /^[[:space:]]*[#;]/ { next }
        { begins = !more; more = /\\$/ }
        !begins || /^[[:space:]]*$/ { next }
        /^[[:space:]]*\[/ { foreign = /\[X-/; next }
        foreign || /^[[:space:]]*X-/ { next }
        { print FILENAME ":" FNR }' $files | sort >"$T/lines"
cat "$T/said" "$T/mistakes" | grep -oE "$T/root/[^ ]*:[0-9]+" | sort -u >"$T/accounted"
lines=$(wc -l <"$T/lines")
ok "there are lines enough ($lines)" test "$lines" -ge 500
is "$(comm -23 "$T/lines" "$T/accounted" | head -n 5)" "" "every line is accounted for"
is "$(comm -13 "$T/lines" "$T/accounted" | head -n 5)" "" "and nothing else is reported"
is "$(grep -E 'bad-setting|not-found|error:' "$T/mistakes" | head -n 5)" "" "no file is refused"
diag "$(grep -oE '^(applied|emulated|unavailable|unsupported|invalid)' "$T/said" | sort | uniq -c | tr -s ' \n' ' ')of $lines lines"
diag "not done in services: $(grep -E '^(unsupported|invalid) .*\.service:[0-9]+ ' "$T/said" | sed 's/^[a-z]* *//; s/=.*//' | sort | uniq -c | sort -rn | head -n 12 | tr -s ' \n' ' ')"
